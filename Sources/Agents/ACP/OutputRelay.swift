/// Starts a program with a pipe for its standard output, and copies that to the standard output it was started with.
///
/// A process of makima's writes into a file. Programs that are servers by nature want a pipe there: Python's asyncio
/// refuses anything else. May go when the shim hands out a pipe itself.
enum OutputRelay {
    static let shell = "/bin/sh"

    /// The arguments of ``shell`` that start `program`.
    static func arguments(_ program: String, _ arguments: [String]) -> [String] {
        ["-c", script, "makima", program] + arguments
    }

    /// Ends when the program has ended and all that it said is copied, with its exit status.
    ///
    /// A signal goes to all of the group: the shells wait on, and only the program hears it.
    private static let script = """
        trap : INT TERM
        exec 3>&1
        status=$(
            trap : INT TERM
            {
                {
                    trap : INT TERM
                    "$@" 3>&- 4>&-
                    echo $? >&4
                } | (
                    trap '' INT TERM
                    exec cat >&3 4>&-
                )
            } 4>&1
        )
        exit "${status:-1}"
        """
}
