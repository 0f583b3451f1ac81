import Glibc

/// Keeps git's cache of untracked files from missing files of the second in which it looked.
///
/// Git believes that a directory is as it was when its time is that of the last look and the index is younger: then the
/// look was later than the change. But git compares whole seconds, and every writing of the index makes it younger, also
/// one that did not look at the files. So before each look the index is given the time at which the last one began.
struct ScanClock {
    /// The index, on the host.
    let index: String
    /// A file of makima's own whose time tells that of the file system.
    let stamp: String
    /// When the last look at the files began, in seconds; `nil` where the index holds no cache.
    let last: Int?

    /// Git's cache pays from some 20,000 files on; in smaller trees, looking is quicker than reading again what changed in
    /// the second of the last look.
    private static let largeIndexBytes = 2 << 20

    /// Returns `nil` where the cache does not pay.
    static func ofLargeIndex(_ index: String, stamp: String, last: Int?) -> ScanClock? {
        var status = stat()
        guard lstat(index, &status) == 0, status.st_size >= largeIndexBytes else { return nil }
        return ScanClock(index: index, stamp: stamp, last: last)
    }

    /// Returns when the look that begins now began.
    func begin() throws(WorkspaceError) -> Int {
        if let last, FileTree.exists(index) {
            let times = [timespec(tv_sec: last, tv_nsec: 0), timespec(tv_sec: last, tv_nsec: 0)]
            _ = try SystemCall.check("set the time of", index) {
                utimensat(AT_FDCWD, index, times, AT_SYMLINK_NOFOLLOW)
            }
        }
        try FileTree.overwrite([], at: stamp)
        var status = stat()
        _ = try SystemCall.check("look at", stamp) { lstat(stamp, &status) }
        return status.st_mtim.tv_sec
    }
}
