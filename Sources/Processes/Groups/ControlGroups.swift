import Domain
import Glibc
import Synchronization

/// Makes the control groups of supervised processes, beneath the one that makima is in.
package final class ControlGroups: Sendable {
    private let found: ControlGroup
    private let files: GroupFiles
    private let isOwn: @Sendable (Int32) -> Bool
    private let state = Mutex(State())

    private struct State {
        var count = 0
        var hasTidied = false
        /// What was handed down, or why it could not be.
        var handedDown: [ControlGroup.Controller: LimitObstacle?] = [:]
    }

    package init(
        _ found: ControlGroup,
        files: GroupFiles = .kernel,
        isOwn: @escaping @Sendable (Int32) -> Bool = ControlGroupProbe.isOwn
    ) {
        self.found = found
        self.files = files
        self.isOwn = isOwn
    }

    /// Why these cannot be limited here; `nil` where they can.
    ///
    /// Moves makima out of the way and hands the controllers down, as making a group would.
    func obstacle(to controllers: Set<ControlGroup.Controller>) -> LimitObstacle? {
        if let obstacle = found.obstacle(to: controllers) { return obstacle }
        guard case .usable(let place) = found else { return .absent }
        return state.withLock { state in
            for controller in controllers.sorted() {
                let known = state.handedDown[controller] ?? handDown(controller, at: place)
                state.handedDown[controller] = .some(known)
                if let known { return known }
            }
            return nil
        }
    }

    /// Makes a group for a process with these limits; `nil` where none can be made and nothing needs one.
    ///
    /// `note` is the file that will name it.
    func make(for limits: ProcessLimits, notedIn note: String) throws(ProcessError) -> SupervisedGroup? {
        let needed = limits.controllersNeeded
        if !needed.isEmpty, let obstacle = obstacle(to: needed) { throw .limitsNotKept(obstacle) }
        guard case .usable(let place) = found, let maker = ProcessIdentity(of: getpid()) else { return nil }
        tidyOnce(place.directory)
        var (path, code) = ("", EEXIST)
        while code == EEXIST {
            let number = state.withLock { state in
                state.count += 1
                return state.count
            }
            path = "\(place.directory)/\(GroupName(of: maker, number: number).text)"
            code = files.make(path)
        }
        guard code == 0 else {
            guard needed.isEmpty else { throw .limitsNotKept(.refused(path, code: code)) }
            return nil
        }
        let group = SupervisedGroup(path, notedIn: note, files: files)
        try write(limits, to: path)
        return group
    }

    private func write(_ limits: ProcessLimits, to path: String) throws(ProcessError) {
        let holdsProcesses = limits.processes != nil && obstacle(to: [.pids]) == nil
        for limit in limits.files(countingProcesses: holdsProcesses) {
            let code = GroupFiles.write(limit.text, to: "\(path)/\(limit.name)")
            guard code == 0 || limit.mayBeMissing && code == ENOENT else {
                throw .limitsNotKept(.refused("\(path)/\(limit.name)", code: code))
            }
        }
    }

    // MARK: - Handing controllers down

    private func handDown(_ controller: ControlGroup.Controller, at place: ControlGroup.Place) -> LimitObstacle? {
        if !place.isRoot, let obstacle = moveAside(from: place.directory) { return obstacle }
        let path = "\(place.directory)/cgroup.subtree_control"
        let code = GroupFiles.write("+\(controller.rawValue)", to: path)
        return code == 0 ? nil : .refused(path, code: code)
    }

    /// Moves makima's own processes into a group beneath: what hands controllers down may hold none.
    ///
    /// Others are never moved, such as the shell that makima was started from: then nothing is.
    private func moveAside(from directory: String) -> LimitObstacle? {
        guard let maker = ProcessIdentity(of: getpid()) else { return .absent }
        let seat = "\(directory)/\(GroupName(of: maker, number: 0).text)"
        let path = "\(seat)/cgroup.procs"
        for _ in 0..<Self.rounds {
            let processes = Self.processes(in: directory)
            guard !processes.isEmpty else { return nil }
            guard processes.allSatisfy(isOwn) else { return .shared(directory) }
            let made = files.make(seat)
            guard made == 0 || made == EEXIST else { return .refused(seat, code: made) }
            for pid in processes {
                let code = GroupFiles.write("\(pid)", to: path)
                // It may have ended meanwhile.
                guard code == 0 || code == ESRCH else { return .refused(path, code: code) }
            }
        }
        return .shared(directory)
    }

    /// Processes may be started while others are moved.
    private static let rounds = 20

    private static func processes(in directory: String) -> [Int32] {
        (ControlGroupProbe.text("\(directory)/cgroup.procs") ?? "").split(separator: "\n").compactMap { Int32($0) }
    }

    // MARK: - What others left

    /// Removes empty groups of makima processes that are gone; what runs in others is the recovery's to end.
    private func tidyOnce(_ directory: String) {
        let isFirst = state.withLock { state in
            defer { state.hasTidied = true }
            return !state.hasTidied
        }
        guard isFirst else { return }
        for path in GroupFiles.groups(in: directory) {
            guard let slash = path.lastIndex(of: "/"), let name = GroupName(String(path[path.index(after: slash)...])),
                !name.maker.isRunning, GroupFiles.number("populated", in: "\(path)/cgroup.events") == 0
            else { continue }
            files.removeTree(path)
        }
    }
}

extension ProcessLimits {
    /// What cannot be limited in any other way.
    var controllersNeeded: Set<ControlGroup.Controller> {
        var needed: Set<ControlGroup.Controller> = []
        if memoryMiB != nil { needed.insert(.memory) }
        if cpus != nil { needed.insert(.cpu) }
        return needed
    }

    fileprivate struct File {
        var name: String
        var text: String
        /// Where the kernel does not account for it there is nothing to limit.
        var mayBeMissing = false
    }

    fileprivate func files(countingProcesses: Bool) -> [File] {
        var files: [File] = []
        if let memoryMiB {
            files.append(File(name: "memory.max", text: "\(memoryMiB << 20)"))
            // What does not fit is not to make the whole machine slow instead.
            files.append(File(name: "memory.swap.max", text: "0", mayBeMissing: true))
            // The shim is in the group and must tell of the end: the kernel is to end single processes only.
            files.append(File(name: "memory.oom.group", text: "0", mayBeMissing: true))
        }
        if let cpus { files.append(File(name: "cpu.max", text: "\(max(1000, Int(cpus * 100_000))) 100000")) }
        if countingProcesses, let processes {
            files.append(File(name: "pids.max", text: "\(processes + SupervisedGroup.ownProcesses)"))
        }
        return files
    }
}
