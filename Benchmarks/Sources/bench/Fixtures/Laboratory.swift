import Glibc

/// The place, the program and the surroundings of all measurements: nothing of the person's own is read or written.
struct Laboratory {
    /// An empty directory, which is removed by whoever made it.
    let place: String
    let makima: String
    let isQuick: Bool
    let environment: [String: String]

    init(_ options: Options) throws(BenchError) {
        place = options.place
        makima = options.binary
        isQuick = options.isQuick
        environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": "\(place)/home",
            "XDG_CONFIG_HOME": "\(place)/home/config",
            "XDG_STATE_HOME": "\(place)/home/state",
            "TMPDIR": "\(place)/tmp",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "\(place)/gitconfig",
        ]
        for directory in ["home", "home/config", "home/state", "tmp"] {
            try Files.makeDirectory("\(place)/\(directory)")
        }
        let settings =
            "[user]\n\tname = Bench\n\temail = bench@localhost\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = 0\n"
        try Files.write(settings, to: "\(place)/gitconfig")
    }

    /// Chooses how often something is measured.
    func count(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

    func program(_ arguments: [String], in directory: String? = nil) -> Program {
        Program(
            arguments: arguments,
            environment: environment,
            directory: directory ?? place,
            errors: "\(place)/errors"
        )
    }

    func git(_ arguments: [String], in directory: String) -> Program {
        program(["/usr/bin/git"] + arguments, in: directory)
    }

    func shell(_ script: String, in directory: String) -> Program {
        program(["/bin/sh", "-c", script], in: directory)
    }

    /// Takes a file or directory out of the way.
    ///
    /// It is removed with everything else at the end: on ext4, every file that is made within some seconds after many
    /// were removed takes up to a millisecond more, which would be measured as somebody's work.
    func remove(_ path: String) throws(BenchError) {
        let aside = "\(place)/aside"
        try Files.makeDirectory(aside)
        var template = Array("\(aside)/XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .file(path: aside, operation: "made", code: errno) }
        let room = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard rename(path, "\(room)/removed") == 0 || errno == ENOENT else {
            throw .file(path: path, operation: "moved away", code: errno)
        }
    }

    /// Returns the seconds that the program takes.
    func seconds(_ program: Program) throws(BenchError) -> Double {
        try program.run().seconds
    }

    /// Looks for something until it is there; `seconds` bounds the wait.
    func await<Value>(
        _ what: String,
        within seconds: Double = 60,
        _ look: () throws(BenchError) -> Value?
    ) throws(BenchError) -> Value {
        let end = Clocks.monotonic() + seconds
        while Clocks.monotonic() < end {
            if let value = try look() { return value }
            Clocks.pause(milliseconds: 2)
        }
        throw .tooLate(what: what)
    }
}
