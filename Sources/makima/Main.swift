import Commands
import Domain
import Glibc

/// Composes the program: the only place where the real clocks, streams, signals and the environment are named.
@main
struct Makima {
    static func main() async {
        // A reader of our output that goes away may not end a run.
        signal(SIGPIPE, SIG_IGN)
        // Wishes concern a run. Whatever else is at work does not die of one; whoever listens takes them over.
        for wish in [SIGUSR1, SIGUSR2] { signal(wish, SIG_IGN) }
        let signals = StopSignals()
        let host = HostFacts.read()
        let assumedSize = TerminalSize.assumed(by: host.variables)
        let environment = CommandEnvironment(
            invocation: .init(
                arguments: Array(CommandLine.arguments.dropFirst()),
                variables: host.variables,
                currentDirectory: host.currentDirectory,
                makeTaskID: {
                    var generator = SystemRandomNumberGenerator()
                    return TaskID(using: &generator)
                }
            ),
            streams: .init(
                output: FileSink.standardOutput.assuming(assumedSize),
                error: FileSink.standardError.assuming(assumedSize),
                terminal: ProcessTerminal()
            ),
            time: .init(wallClock: SystemWallClock(), clock: ContinuousClock()),
            machine: LocalMachine(host: host),
            listenForStops: { signals.listen() }
        )
        exit(await CommandLineProgram.run(in: environment).rawValue)
    }
}
