import Commands
import Domain
import Glibc
import Settings

/// Reads every source of the configuration that this machine has.
struct ConfigurationLoader: Sendable {
    let host: HostFacts

    /// Reads everything but what the repository holds: `repositoryFile` is `makima.toml` as the base commit has it.
    func sources(repositoryFile: [UInt8]?) throws -> ConfigurationSources {
        let (path, isNamed) = ConfigurationSources.userFile(environment: host.variables, home: host.home)
        let absolute = path.hasPrefix("/") ? path : "\(host.currentDirectory)/\(path)"
        var sources = ConfigurationSources(
            userFile: try read(absolute, mustExist: isNamed).map { ConfigurationFile(path: absolute, bytes: $0) },
            repositoryFile: repositoryFile.map { ConfigurationFile(path: "makima.toml", bytes: $0) },
            environment: host.variables
        )
        for reference in sources.namedTemplates {
            guard let path = place(of: reference, userFile: absolute) else { continue }
            do {
                sources.templates[reference] = try read(path, mustExist: false)
            } catch let error as UnreadableFile {
                throw UnreadableTemplate(path: error.path, code: error.code)
            }
        }
        return sources
    }

    /// Where a template of the user's is; `nil` for one of the repository.
    private func place(of reference: TemplateReference, userFile: String) -> String? {
        let directory: String
        switch reference.place {
        case .repository: return nil
        case .userFile: directory = String(userFile[..<(userFile.lastIndex(of: "/") ?? userFile.startIndex)])
        case .currentDirectory: directory = host.currentDirectory
        }
        return reference.path.hasPrefix("/") ? reference.path : "\(directory)/\(reference.path)"
    }

    /// Whether the checkout at `path` has another makima.toml than the commit; never for a bare repository.
    func checkoutDiffers(at path: String, from committed: [UInt8]?) -> Bool {
        guard access("\(path)/.git", F_OK) == 0 else { return false }
        do {
            return try read("\(path)/makima.toml", mustExist: false) != committed
        } catch {
            // There is something that cannot be read, so it is not what was committed.
            return true
        }
    }

    private func read(_ path: String, mustExist: Bool) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT && !mustExist { return nil }
            throw UnreadableFile(path: path, code: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw UnreadableFile(path: path, code: errno) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}

/// A configuration file that is there, or should be, and cannot be read.
struct UnreadableFile: ExplainedError {
    var path: String
    var code: Int32

    var description: String { "The configuration file '\(path)' cannot be read: \(String(cString: strerror(code)))." }
    var errorCode: ErrorCode { .environment }
    var hint: String {
        switch code {
        case ENOENT, ENOTDIR:
            "Make it, or name another one in MAKIMA_CONFIG; without the variable no file is needed."
        case EISDIR: "It is a directory: name a file in it in MAKIMA_CONFIG."
        default: "Mend its permissions, or name another one in MAKIMA_CONFIG."
        }
    }
}

/// A template of a prompt that is there and cannot be read.
struct UnreadableTemplate: ExplainedError {
    var path: String
    var code: Int32

    var description: String { "The template '\(path)' cannot be read: \(String(cString: strerror(code)))." }
    var errorCode: ErrorCode { .environment }
    var hint: String { "Name a file that you can read under [prompts], or leave the setting out." }
}

/// `MAKIMA_STATE_DIR` would mean another directory wherever makima is called.
struct RelativeStateDirectory: ExplainedError {
    var path: String

    var description: String { "MAKIMA_STATE_DIR is '\(path)', which is no absolute path." }
    var errorCode: ErrorCode { .usage }
    var hint: String { "Begin it with a '/', or leave it out." }
}

extension Settings {
    /// The configuration as the commands need it.
    init(_ configuration: MakimaConfiguration) {
        var tasks = TaskDefaults()
        tasks.limits = configuration.limits
        tasks.budgets = configuration.budgets
        tasks.timeouts = configuration.timeouts
        tasks.checks = configuration.checks
        tasks.protected = configuration.protected
        tasks.agents = configuration.agents
        tasks.defaultAgent = configuration.defaultAgent
        tasks.context = configuration.context
        tasks.rotation = configuration.rotation
        tasks.prompts = configuration.prompts
        tasks.completion = configuration.completion
        tasks.forge = configuration.forge.task
        tasks.sandbox = configuration.sandbox
        tasks.redactedVariables = configuration.redactedVariables
        tasks.waits = configuration.waits
        tasks.onStall = configuration.onStall
        tasks.asks = configuration.asks
        tasks.questions = configuration.questions
        tasks.permissions = configuration.permissions
        tasks.otherAgent = configuration.otherAgent
        tasks.copyFiles = configuration.copyFiles
        tasks.setupCommand = configuration.setupCommand
        tasks.includeChanges = configuration.includeChanges
        tasks.targetBranch = configuration.targetBranch
        let shown = configuration.explain()
            .map {
                ShownSetting(
                    key: $0.key,
                    value: $0.value,
                    json: $0.json,
                    source: $0.origin == .builtIn ? nil : $0.origin.description
                )
            }
        self.init(tasks: tasks, shown: shown)
        retention = configuration.retention
    }
}
