import Domain
import Glibc

/// What the shim is to take out of the output, in memory that nobody else can read: arguments and variables are open to
/// others, and files last.
struct SecretsFile: ~Copyable {
    private let descriptor: Int32?

    /// Holds nothing where `secrets` is `nil`.
    init(_ secrets: Secrets?) throws(ProcessError) {
        descriptor = try secrets.map { (secrets) throws(ProcessError) in try Descriptor.holding(secrets.bytes).release()
        }
    }

    deinit { if let descriptor { close(descriptor) } }

    /// For the list of descriptors of the shim.
    var numbers: [Int32] { descriptor.map { [$0] } ?? [] }
}
