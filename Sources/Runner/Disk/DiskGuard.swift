import Domain
import Glibc
package import LoopCore

/// Says whether there is room to start something.
package struct DiskGuard: Sendable {
    /// What is to stay free; asked for only where something is started, so that a configuration that cannot be read is in
    /// nobody's way who wants to look or to stop.
    let reserve: @Sendable () throws -> DiskReserve
    /// What is free on the disk of a path; `nil` where that cannot be said.
    let space: @Sendable (String) -> DiskSpace?

    package init(
        reserve: @escaping @Sendable () throws -> DiskReserve,
        space: @escaping @Sendable (String) -> DiskSpace? = DiskGuard.space
    ) {
        self.reserve = reserve
        self.space = space
    }

    /// Leaves nothing alone.
    package static let off = DiskGuard(reserve: { DiskReserve(0) })

    /// What the system says.
    package static func space(of path: String) -> DiskSpace? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let bytes = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return DiskSpace(
            freeBytes: bytes.overflow ? .max : Int(clamping: bytes.partialValue),
            // Of a file system that makes inodes as it needs them, the number is 0.
            freeInodes: status.f_files == 0 ? nil : Int(clamping: status.f_favail)
        )
    }

    /// What keeps anything from being started whose files are at `path`; `nil` where nothing does.
    func shortage(at path: String) throws -> DiskShortage? {
        guard let space = space(path) else { return nil }
        return try reserve().shortage(of: space)
    }
}

extension ServiceParts {
    /// Throws where too little of the disk is free to start something new.
    func requireRoom() throws {
        if let shortage = try disk.shortage(at: state.root) { throw ServiceError.diskLow(path: state.root, shortage) }
    }
}

extension RunParts {
    /// What happens instead of a start where too little of the disk is free.
    func refusalForLackOfRoom() -> LoopMachine.Event? {
        do {
            let path = directory.root
            guard let shortage = try disk.shortage(at: path) else { return nil }
            return .blocked(.environment(.diskLow(path: path, shortage)))
        } catch {
            // A run that is under way goes by the settings that it began with, as far as these can be read.
            return nil
        }
    }
}
