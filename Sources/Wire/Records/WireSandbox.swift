package import Domain

/// The confinement of one task.
package struct WireSandbox: WireRecord {
    package var mode = SandboxMode.auto
    package var read: [String] = []
    package var write: [String] = []
    package var nested = false
    package var ptrace = false
    package var network = NetworkMode.full
    package var allowHosts: [String] = []
    package var maxUploadMiB: Int?
    package var limits: WireProcessLimits?

    package init() {}

    package static let recordName = "sandbox"
    package static let meaning = """
        How a task's programs are confined. A daemon may refuse what its configuration does not allow; it never confines less \
        than is said here.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("mode", &mode, .word, "How strictly.")
        try fields.list("read", &read, .list(.absolutePath, upTo: 256), "Further paths that may be read.")
        try fields.list("write", &write, .list(.absolutePath, upTo: 256), "Further paths that may be written.")
        try fields.defaulted("nested", &nested, .flag, else: false, "Sandboxes may be made inside.")
        try fields.defaulted("ptrace", &ptrace, .flag, else: false, "Programs may look into each other.")
        try fields.defaulted("network", &network, .word, else: .full, "What is seen of the network.")
        try fields.list("allowHosts", &allowHosts, .list(.host, upTo: 256), "What `allowlist` lets through.")
        try fields.optional("maxUploadMiB", &maxUploadMiB, .count, "What a run may send out by `allowlist`.")
        try fields.optional("limits", &limits, .record, "What a program may take of the machine.")
    }
}

/// What an agent or a check may take of the machine.
package struct WireProcessLimits: WireRecord {
    package var processes: Int?
    package var memoryMiB: Int?
    package var milliCpus: Int?
    package var openFiles: Int?
    package var fileMiB: Int?
    package var diskMiB: Int?

    package init() {}

    package static let recordName = "processLimits"
    package static let meaning = "What an agent or a check, with all that it starts, may take of the machine."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("processes", &processes, .count, "At one time; threads count.")
        try fields.optional("memoryMiB", &memoryMiB, .count, "Of all processes together.")
        try fields.optional("milliCpus", &milliCpus, .count, "Thousandths of a processor: 1500 are one and a half.")
        try fields.optional("openFiles", &openFiles, .count, "Of each process.")
        try fields.optional("fileMiB", &fileMiB, .count, "The greatest size of a file.")
        try fields.optional("diskMiB", &diskMiB, .count, "Workspace, home and output together.")
    }
}
