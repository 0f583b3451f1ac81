/// Binds a script to the life of makima, so that it waits for nothing when nobody waits for it any more.
///
/// The script runs in a subshell: in a sandbox the shell above it is process 1, which nothing inside can kill, and which
/// ends the sandbox with itself.
enum BoundScript {
    /// Needs ``Command/hasLifePipe``.
    static func text(_ script: String) -> String {
        """
        { read -r gone; kill -9 0; } <&3 3<&- >/dev/null 2>&1 &
        (
        \(script)
        ) 3<&-
        status=$?
        { kill -9 $!; wait; } 2>/dev/null
        exit $status
        """
    }
}
