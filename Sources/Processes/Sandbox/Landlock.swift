import CLinux

/// The kernel's Landlock, with which the shim restricts the writing of programs once more.
///
/// It is behind the mounts, so that a sandbox is one without it, too: also `required` does without.
package enum Landlock {
    /// 0 where there is none.
    package static var version: Int { Int(cs_landlock_version()) }

    /// The first with which nothing can be restricted for good: before it nothing moves from one directory to another.
    package static let usableVersion = 2

    /// The first that keeps programs from abstract sockets of the host, and from signals out of their own tree.
    package static let completeVersion = 6
}
