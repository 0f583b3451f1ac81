import Domain

/// In which form work travels.
package enum PatchFormat: String, WireWord, CaseIterable {
    /// `git bundle`, whose only prerequisite is the base.
    case bundle
    /// `git diff --binary --full-index` against the base.
    case patch

    package var wireWord: String { rawValue }
}

/// The work of a task, as it travels from one machine to another.
package struct WirePatch: WireRecord {
    package var format = PatchFormat.bundle
    package var baseSha = ""
    package var size = 0
    package var sha256 = ""
    package var data: [UInt8]?

    package init() {}

    package init(_ format: PatchFormat, base: String, bytes: [UInt8]) {
        self.format = format
        baseSha = base
        size = bytes.count
        sha256 = SHA256Digest(of: bytes).description
        data = bytes.count <= WireLimits.part ? bytes : nil
    }

    package static let recordName = "patch"
    package static let meaning = """
        Work that travels. Where `data` is left out, its bytes have come before in messages with the same SHA-256: `mergePart` for a \
        `mergeTasks`, else `checkpointPart`.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("format", &format, .word, "`bundle`: of git. `patch`: `git diff --binary --full-index`.")
        try fields.required("baseSha", &baseSha, .commit, "The commit that it builds upon.")
        try fields.required("size", &size, .integer(0...WireLimits.patch), "Its bytes.")
        try fields.required("sha256", &sha256, .sha256, "Of its bytes.")
        try fields.optional("data", &data, .bytes(upTo: WireLimits.part), "Its bytes, where they fit into one message.")
    }

    package func validate() throws(WireError) {
        guard let data else { return }
        guard data.count == size else { throw .field(path: "data", .inconsistent(.patchSize)) }
        guard SHA256Digest(of: data).description == sha256 else {
            throw .field(path: "data", .inconsistent(.patchHash))
        }
    }
}

/// A piece of a patch that is too large for one message.
package struct PatchPart: Hashable, Sendable {
    package var sha256 = ""
    package var size = 0
    package var offset = 0
    package var data: [UInt8] = []

    package init() {}

    /// The ranges of the parts of `size` bytes, in order.
    package static func ranges(of size: Int, limit: Int = WireLimits.part) -> [Range<Int>] {
        stride(from: 0, to: size, by: limit).map { $0..<min($0 + limit, size) }
    }

    mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("sha256", &sha256, .sha256, "Of the whole: it names what the part belongs to.")
        try fields.required("size", &size, .integer(1...WireLimits.patch), "Bytes of the whole.")
        try fields.required("offset", &offset, .integer(0...WireLimits.patch), "Where in the whole the part begins.")
        try fields.required("data", &data, .bytes(upTo: WireLimits.part), "The bytes of the part.")
    }

    func validate() throws(WireError) {
        guard !data.isEmpty, offset + data.count <= size else {
            throw .field(path: "data", .inconsistent(.partBeyondEnd))
        }
    }
}

/// Follows the parts of one patch, without keeping them: who calls it writes the bytes that it lets through to a file.
package struct PatchAssembly: Hashable, Sendable {
    package let sha256: String
    package let size: Int
    /// The bytes that are there.
    package private(set) var received = 0
    private var hash = SHA256Hasher()

    /// Begins with the first part.
    package init(_ first: PatchPart) {
        sha256 = first.sha256
        size = first.size
    }

    /// Returns the bytes to be appended; none where the part was there before.
    package mutating func take(_ part: PatchPart) throws(WireError) -> [UInt8] {
        guard part.sha256 == sha256, part.size == size else {
            throw .field(path: "sha256", .inconsistent(.partOfAnother))
        }
        try part.validate()
        if part.offset + part.data.count <= received { return [] }
        guard part.offset == received else { throw .field(path: "offset", .inconsistent(.partOutOfOrder)) }
        hash.update(part.data)
        if part.offset + part.data.count == size, hash.finish().description != sha256 {
            // Nothing of it can be used: the next one begins anew.
            self = PatchAssembly(part)
            throw .field(path: "data", .inconsistent(.patchHash))
        }
        received += part.data.count
        return part.data
    }

    /// Whether all of it is there, and has the right hash.
    package var isComplete: Bool { received == size }
}

/// A piece of work on its way to the daemon, before the `spawnTask` that needs it.
package struct DeliverPart: TaskCommand {
    package var head = CommandHead()
    package var part = PatchPart()

    package init() {}

    package static let type = "checkpointPart"
    package static let meaning = """
        A piece of the work that a `spawnTask` with the same task and attempt will name by its SHA-256. The pieces come in order, \
        each acknowledged like any command; the daemon drops them when the attempt is over, or does not come.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try head.visit(&fields)
        try part.visit(&fields)
    }

    package func validate() throws(WireError) { try part.validate() }
}

/// A piece of work on its way to the server, before the `checkpoint` that needs it.
package struct ReportPart: DurableMessage {
    package var stamp = Stamp()
    package var part = PatchPart()

    package init() {}

    package static let type = "checkpointPart"
    package static let meaning = """
        A piece of the work that a later `checkpoint` of the same attempt names by its SHA-256. The pieces come in order.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try stamp.visit(&fields)
        try part.visit(&fields)
    }

    package func validate() throws(WireError) { try part.validate() }
}
