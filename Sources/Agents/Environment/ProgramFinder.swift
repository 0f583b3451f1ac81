import Glibc

/// Finds programs as a shell would, and what of the file system they need beside themselves.
package struct ProgramFinder: Hashable, Sendable {
    /// Used where the user has no `PATH`.
    package static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

    private let searchPath: [String]
    private let home: String
    private let directory: String

    package init(host: AgentHost) {
        let path = host.environment["PATH"] ?? Self.defaultPath
        searchPath = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        home = host.home
        directory = host.directory
    }

    /// Returns the absolute path of `name`, which is a name looked up in `PATH` or a path.
    package func find(_ name: String) throws(AgentError) -> String {
        guard !name.contains("/") else {
            let path = absolute(name)
            guard FileProbe(path).isFile else { throw .programNotFound(name: path, searched: []) }
            guard FileProbe(path).isExecutable else { throw .programNotExecutable(path: path) }
            try requireInterpreter(of: path)
            return path
        }
        let candidates = searchPath.map { "\($0)/\(name)" }.filter { FileProbe($0).isFile }
        if let found = candidates.first(where: { FileProbe($0).isExecutable }) {
            try requireInterpreter(of: found)
            return found
        }
        if let refused = candidates.first { throw .programNotExecutable(path: refused) }
        throw .programNotFound(name: name, searched: searchPath)
    }

    /// The kernel calls a script not found whose interpreter is missing.
    private func requireInterpreter(of script: String) throws(AgentError) {
        guard let line = FileProbe(script).firstLine(upTo: 256), line.hasPrefix("#!") else { return }
        // As the kernel does: a carriage return belongs to the name.
        let words = line.dropFirst(2).split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let first = words.first, first.hasPrefix("/") else { return }
        if !FileProbe(first).isFile { throw .interpreterMissing(script: script, interpreter: first) }
        // 'env' would look for a program whose name ends in it.
        guard first.hasSuffix("/env"), let last = words.last, last.hasSuffix("\r") else { return }
        throw .interpreterMissing(script: script, interpreter: last)
    }

    /// The paths that must be visible for `program` to run: its directory, the target of its links, and, for a script,
    /// the same of its interpreter; for a program in a Python environment also what that was made of.
    package func requirements(of program: String) -> [String] {
        var paths: [String] = []
        var next: String? = program
        // A script's interpreter may be a script itself, as with version managers; the kernel stops at five.
        for _ in 0..<5 {
            guard let current = next else { break }
            let places = links(from: current)
            paths += (places + places.compactMap { basePython(of: $0) }.flatMap { links(from: $0) })
                .map { visibleDirectory(of: $0) }
            next = interpreter(of: current)
        }
        return paths.uniqued()
    }

    /// The interpreter of the Python environment that `path` is a program of: one that is no script may start others
    /// that are.
    private func basePython(of path: String) -> String? {
        let environment = Self.parent(of: Self.parent(of: path))
        guard FileProbe(environment + "/pyvenv.cfg").isFile else { return nil }
        let python = environment + "/bin/python"
        return FileProbe(python).isFile ? python : nil
    }

    /// The paths that must be visible for the files among `arguments` to be read, and `arguments` with relative names
    /// of files made absolute, because the agent's own directory is another one.
    package func resolve(arguments: [String]) -> (arguments: [String], readablePaths: [String]) {
        var readable: [String] = []
        let resolved = arguments.map { argument in
            guard let path = existingPath(argument) else { return argument }
            // A program that another one is to start.
            let isProgram = FileProbe(path).isFile && FileProbe(path).isExecutable
            readable += isProgram ? requirements(of: path) : links(from: path).map { readableSurroundings(of: $0) }
            return path
        }
        return (resolved, readable.uniqued())
    }

    /// Makes `path` absolute: relative to where makima was started, `~/` to the user's home.
    package func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        if path.hasPrefix("~/") { return home + path.dropFirst() }
        return directory + "/" + (path.hasPrefix("./") ? path.dropFirst(2) : path[...])
    }

    /// Only files are taken for relative names: a directory such as `src` is meant to be the workspace's.
    private func existingPath(_ argument: String) -> String? {
        guard !argument.isEmpty, !argument.hasPrefix("-"), argument.utf8.count < 4096 else { return nil }
        let probe = FileProbe(absolute(argument))
        let isPath = argument.hasPrefix("/") || argument.hasPrefix("~/")
        return probe.isFile || (isPath && probe.isDirectory) ? probe.path : nil
    }

    /// A script's directory is made visible with it, for what it imports; but not a directory that holds a person's
    /// other things: then the file alone.
    private func readableSurroundings(of path: String) -> String {
        if FileProbe(path).isDirectory { return path }
        let parent = Self.parent(of: path)
        let isBroad = parent == "/" || parent == "/tmp" || home == parent || home.hasPrefix(parent + "/")
        return isBroad || FileProbe(parent + "/.git").exists ? path : parent
    }

    /// The directory of a program, or the whole installation it is part of: `P` for `P/bin/x` with `P/lib`.
    ///
    /// `~/.local` is no installation but a place for everything, so only its `bin` counts.
    private func visibleDirectory(of path: String) -> String {
        let parent = Self.parent(of: path)
        let prefix = Self.parent(of: parent)
        let isShared = ["/", home, home + "/.local"].contains(prefix) || home.hasPrefix(prefix + "/")
        guard !isShared else { return readableSurroundings(of: path) }
        return parent.hasSuffix("/shims") || (parent.hasSuffix("/bin") && isInstallation(prefix))
            ? prefix : readableSurroundings(of: path)
    }

    /// Whether programs in `prefix/bin` need what is beside: libraries, a Python environment, Codex's own programs.
    private func isInstallation(_ prefix: String) -> Bool {
        FileProbe(prefix + "/lib").isDirectory || FileProbe(prefix + "/pyvenv.cfg").isFile
            || FileProbe(prefix + "/codex-package.json").isFile
    }

    /// `path` and every path its symbolic links lead through, the real file last.
    private func links(from path: String) -> [String] {
        var chain = [path]
        // As many as the kernel follows.
        while chain.count < 40, let target = FileProbe(chain[chain.count - 1]).linkTarget {
            let base = Self.parent(of: chain[chain.count - 1])
            chain.append(Self.normalized(target.hasPrefix("/") ? target : base + "/" + target))
        }
        if let real = FileProbe(path).realPath { chain.append(real) }
        return chain.uniqued()
    }

    /// The program named by the first line of a script: `#!/usr/bin/env node` names `node`.
    private func interpreter(of path: String) -> String? {
        guard let line = FileProbe(path).firstLine(upTo: 256), line.hasPrefix("#!") else { return nil }
        let words = line.dropFirst(2).split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first else { return nil }
        guard first.hasSuffix("/env") else { return first }
        guard let name = words.dropFirst().first(where: { !$0.hasPrefix("-") && !$0.contains("=") }) else { return nil }
        // Not found is no error here: the kernel will say so, in its own words, when the script is started.
        return try? find(name)
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { parts = parts.dropLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension [String] {
    fileprivate func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
