package import Domain
package import Runner

/// This machine's own confinement as the ceiling for what others ask for.
extension SandboxSpec {
    /// The same within `own`: degrees and numbers are brought down to it; throws where something would be missing then that
    /// was asked for.
    ///
    /// Paths are compared as they are written: beneath a directory that a task may write there may be a link to anywhere.
    package func within(_ own: SandboxSpec) throws(Refusal) -> SandboxSpec {
        var allowed = self
        allowed.limits = limits.within(own.limits)
        // Where nothing is confined, there is nothing that a task would be kept from.
        guard own.mode != .off else { return allowed }
        guard mode != .off else { throw .beyond("that a task runs without the sandbox") }
        if own.mode == .required { allowed.mode = .required }
        if let path = read.first(where: { !(own.read + own.write).names($0) }) {
            throw .beyond("that a task reads '\(path)'")
        }
        if let path = write.first(where: { !own.write.names($0) }) { throw .beyond("that a task writes to '\(path)'") }
        if nested, !own.nested { throw .beyond("sandboxes inside of a task's") }
        if ptrace, !own.ptrace { throw .beyond("that programs of a task look into each other") }
        try allowed.keepNetwork(within: own)
        return allowed
    }

    private mutating func keepNetwork(within own: SandboxSpec) throws(Refusal) {
        if own.network.isNarrower(than: network) { throw .beyond("the network '\(network.rawValue)'") }
        guard network == .allowlist else { return }
        maxUploadMiB = [maxUploadMiB, own.maxUploadMiB].compactMap(\.self).min()
        guard own.network == .allowlist, let host = allowHosts.first(where: { !own.allowHosts.contains($0) }) else {
            return
        }
        throw .beyond("that a task reaches '\(host)'")
    }
}

extension ProcessLimits {
    /// The lower one of each.
    fileprivate func within(_ own: ProcessLimits) -> ProcessLimits {
        func lower<Value: Comparable>(_ path: KeyPath<ProcessLimits, Value?>) -> Value? {
            [self[keyPath: path], own[keyPath: path]].compactMap(\.self).min()
        }
        var limits = self
        limits.processes = lower(\.processes)
        limits.memoryMiB = lower(\.memoryMiB)
        limits.cpus = lower(\.cpus)
        limits.openFiles = lower(\.openFiles)
        limits.fileMiB = lower(\.fileMiB)
        limits.diskMiB = lower(\.diskMiB)
        return limits
    }
}

extension Runner.ResumeRequest {
    /// Brings a task of the confinement `spec` down to `own`, this machine's, with what the request changes; throws where it
    /// cannot be brought down.
    package mutating func keep(_ spec: SandboxSpec, within own: SandboxSpec) throws(Refusal) {
        var wished = spec
        applyToSandbox(&wished)
        let allowed = try wished.within(own)
        if allowed.mode != wished.mode { sandbox = allowed.mode }
        if allowed.limits.diskMiB != wished.limits.diskMiB { resources.disk = allowed.limits.diskMiB.map { .at($0) } }
        if allowed.limits.memoryMiB != wished.limits.memoryMiB {
            resources.memory = allowed.limits.memoryMiB.map { .at($0) }
        }
        if allowed.limits.cpus != wished.limits.cpus { resources.cpus = allowed.limits.cpus.map { .at($0) } }
        var kept = spec
        applyToSandbox(&kept)
        // What a resume cannot change is as the task was made.
        guard kept == allowed else { throw .beyond("the limits that the task was made with") }
    }
}

extension Refusal {
    fileprivate static func beyond(_ what: String) -> Refusal {
        .notAllowed("This machine's configuration does not allow \(what).")
    }
}

extension [String] {
    /// Whether a path is among them.
    fileprivate func names(_ path: String) -> Bool { contains { $0.plainPath == path.plainPath } }
}

extension String {
    fileprivate var plainPath: Substring {
        var path = self[...]
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
