/// What stands in the place of a secret in what is stored of a program's output.
package enum RedactionMark {
    /// How every mark begins, as `redact.c` writes it.
    package static let beginning = "[redacted:"
}
