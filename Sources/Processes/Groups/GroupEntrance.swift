import Domain
import Glibc

/// The way into the group of a process that is started now: its shim goes in by itself, before it does anything else.
struct GroupEntrance: ~Copyable {
    let group: SupervisedGroup?
    private let descriptor: Int32?

    /// Makes the group, and notes in the spool where it is, so that whoever comes after makima finds it.
    ///
    /// Leads nowhere where no group can be made and nothing needs one.
    init(to groups: ControlGroups?, for supervised: SupervisedCommand) throws(ProcessError) {
        let limits = supervised.profile.limits
        guard let groups else {
            guard limits.controllersNeeded.isEmpty else { throw .limitsNotKept(.absent) }
            (group, descriptor) = (nil, nil)
            return
        }
        guard let made = try groups.make(for: limits, notedIn: supervised.spool.groupPath) else {
            (group, descriptor) = (nil, nil)
            return
        }
        try supervised.spool.note(made)
        let path = "\(made.path)/cgroup.procs"
        descriptor = try Descriptor(adopting: open(path, O_WRONLY | O_CLOEXEC), "open", path).release()
        group = made
    }

    deinit { if let descriptor { close(descriptor) } }

    /// For the list of descriptors of the shim.
    var numbers: [Int32] { descriptor.map { [$0] } ?? [] }
}

extension Spool {
    var groupPath: String { "\(directory)/group" }

    /// Notes the group of the process that is about to be started.
    fileprivate func note(_ group: SupervisedGroup) throws(ProcessError) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        let file = try Descriptor(adopting: open(groupPath, flags, 0o600), "open", groupPath)
        let bytes = Array("\(group.path)\n".utf8)
        guard write(file.number, bytes, bytes.count) == bytes.count else {
            throw .systemCallFailed("write", subject: groupPath, errno: errno)
        }
    }

    /// What is known of the group that a process was started in.
    enum Group {
        /// It had none, or the note is not makima's own.
        case none
        case there(SupervisedGroup)
        /// It was removed, so nothing was left in it; before, so many were killed.
        case removed(killed: Int)
    }

    /// The group of a process that runs; `nil` where it has none.
    var livingGroup: SupervisedGroup? {
        guard case .there(let group) = group else { return nil }
        return group
    }

    /// Without a sandbox an agent can write the note: only what is named as makima names groups is taken for one.
    var group: Group {
        let lines = (ControlGroupProbe.text(groupPath) ?? "").split(separator: "\n")
        guard let path = lines.first, path.hasPrefix("/"), let slash = path.lastIndex(of: "/"),
            let name = GroupName(String(path[path.index(after: slash)...])), !name.isSeat
        else { return .none }
        guard access(String(path), F_OK) == 0 else {
            return .removed(killed: lines.dropFirst().first.flatMap { Int($0) } ?? 0)
        }
        guard access("\(path)/cgroup.events", F_OK) == 0 else { return .none }
        return .there(SupervisedGroup(String(path), notedIn: groupPath))
    }
}
