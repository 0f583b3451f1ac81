import Dispatch
import Glibc

extension PosixSpawnLauncher {
    package func start(_ command: Command, channels: Int, errorOutput: String) async throws -> Coprocess {
        // Starting a program waits for its file; that must not hold up a thread that tasks run on.
        let core = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global()
                .async {
                    continuation.resume(
                        with: Result { () throws(ProcessError) in
                            try launch(command, channels: channels, errorOutput: errorOutput)
                        }
                    )
                }
        }
        return Coprocess(core)
    }

    private func launch(_ command: Command, channels: Int, errorOutput: String) throws(ProcessError) -> CoprocessCore {
        let errorFile = try Descriptor(
            adopting: open(errorOutput, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600),
            "open",
            errorOutput
        )
        var own: [ChannelEnds] = []
        var given: [Int32] = []
        defer { for descriptor in given { close(descriptor) } }
        do {
            for _ in 0..<channels {
                let requests = try Pipe.make().release()
                let answers = try Pipe.make().release()
                own.append(ChannelEnds(request: requests.writeEnd, answer: answers.readEnd))
                given += [requests.readEnd, answers.writeEnd]
            }
            let life = try Pipe.make().release()
            given.append(life.readEnd)
            let lifeEnd = Descriptor(open: life.writeEnd)
            let pid = try Spawner.spawn(
                command,
                descriptors: Array(given[..<2]) + [errorFile.number] + Array(given[2...])
            )
            let core = CoprocessCore(
                program: command.program,
                limits: CoprocessCore.Limits(grace: grace, answerCap: answerCap),
                errorFile: errorFile,
                life: lifeEnd,
                on: loop
            )
            core.watch(pid, own)
            return core
        } catch {
            for ends in own {
                close(ends.request)
                close(ends.answer)
            }
            throw error
        }
    }
}
