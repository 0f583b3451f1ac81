import CRedaction
package import Domain

/// Takes secrets out of bytes that makima itself stores, as the shim does with what programs print.
///
/// Unchecked: what it points to never changes.
package final class Redactor: @unchecked Sendable {
    private let secrets: OpaquePointer

    /// Throws where there is too little memory, or are too many secrets.
    package init(_ secrets: Secrets) throws(ProcessError) {
        let bytes = secrets.bytes
        let made = bytes.withUnsafeBytes { secrets_make($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
        guard let made else { throw .redactionImpossible }
        self.secrets = made
    }

    deinit { secrets_free(secrets) }

    /// Returns `bytes` with each secret replaced by its name.
    package func redact(_ bytes: some Collection<UInt8>) throws(ProcessError) -> [UInt8] {
        try redact(pieces: [bytes])
    }

    /// The same for bytes that come in pieces.
    package func redact(pieces: some Sequence<some Collection<UInt8>>) throws(ProcessError) -> [UInt8] {
        let output = RedactedBytes()
        let stream = redaction_begin(
            secrets,
            { context, bytes, count in
                guard let context else { return }
                Unmanaged<RedactedBytes>.fromOpaque(context).takeUnretainedValue().bytes += UnsafeBufferPointer(
                    start: bytes,
                    count: count
                )
            },
            Unmanaged.passUnretained(output).toOpaque()
        )
        guard let stream else { throw .redactionImpossible }
        defer { redaction_free(stream) }
        return withExtendedLifetime(output) {
            for piece in pieces { redaction_feed(stream, Array(piece), piece.count) }
            redaction_end(stream)
            return output.bytes
        }
    }
}

private final class RedactedBytes {
    var bytes: [UInt8] = []
}
