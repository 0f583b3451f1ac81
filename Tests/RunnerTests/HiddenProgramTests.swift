import Testing

@testable import Runner

struct HiddenProgramTests {
    @Test(
        arguments: [
            ("/bin/sh: 1: judge: not found", ["judge"]), ("bash: line 1: judge: command not found", ["bash", "judge"]),
            ("/usr/bin/env: ‘node’: No such file or directory", ["node"]), ("warning: all is well\nboom", []),
            ("sh: ../x: not found\nsh: 1: a b: not found", ["sh", "sh"]),
        ]
    )
    func namesAreFoundInWhatShellsSay(_ output: String, _ names: [String]) {
        #expect(HiddenProgram.names(in: output) == names)
    }
}
