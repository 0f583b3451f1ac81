import Glibc

/// Removal of files of makima's own, in which agents may have put whatever they like.
package enum OwnFiles {
    /// Removes what is at `path`, with everything in it; what an agent took the rights away from, too.
    ///
    /// Links are removed, never followed; nothing there is fine, and so is somebody else who removes it meanwhile.
    package static func remove(_ path: String) throws {
        do {
            try FileTree.remove(path)
        } catch {
            guard FileTree.exists(path) else { return }
            try FileTree.remove(path)
        }
    }
}
