import Processes
import TestSupport
import Testing

struct SandboxProbeTests {
    private let directory = TemporaryDirectory()

    /// Asks a pretended bubblewrap that fails with `message`.
    private func reason(
        message: String,
        settings: [String: String] = [:]
    ) async -> SandboxAvailability.Reason? {
        let script =
            "#!/bin/sh\n[ \"$1\" = --version ] && echo bubblewrap 0.8.0 && exit\necho '\(message)' >&2; exit 1\n"
        directory.write(script, to: "bwrap", mode: 0o755)
        let probe = SandboxProbe(launcher: PosixSpawnLauncher(), path: directory.path) { settings[$0] }
        guard case .unavailable(let reason) = await probe.availability() else { return nil }
        return reason
    }

    @Test func findsTheSandboxOfThisMachine() async throws {
        let probe = SandboxProbe(launcher: PosixSpawnLauncher(), path: systemPath)
        guard case .available(let sandbox, let version) = await probe.availability() else {
            Issue.record("bubblewrap must work where these tests run")
            return
        }
        #expect(sandbox.isConfining)
        #expect(version.split(separator: ".").count == 3)
    }

    @Test func saysWhenItIsNotInstalled() async {
        let probe = SandboxProbe(launcher: PosixSpawnLauncher(), path: directory.path)
        guard case .unavailable(let reason) = await probe.availability() else {
            Issue.record("found in an empty folder")
            return
        }
        #expect(reason == .notInstalled)
        #expect(reason.hint.contains("apt-get install bubblewrap"))
    }

    @Test func namesTheSettingThatForbidsIt() async {
        let denied = "bwrap: setting up uid map: Permission denied"
        let appArmor = ["kernel/apparmor_restrict_unprivileged_userns": "1", "user/max_user_namespaces": "1000"]
        #expect(await reason(message: denied, settings: appArmor) == .userNamespacesRestricted(.appArmor))
        let none = ["user/max_user_namespaces": "0"]
        #expect(await reason(message: denied, settings: none) == .userNamespacesRestricted(.count))
        let debian = ["kernel/unprivileged_userns_clone": "0"]
        #expect(await reason(message: denied, settings: debian) == .userNamespacesRestricted(.unprivileged))
        #expect(await reason(message: denied) == .other("\(denied)\n"))
    }

    @Test func saysWhenItIsTooOld() async {
        let message = "bwrap: Unknown option --size"
        #expect(await reason(message: message) == .tooOld(message: "\(message)\n"))
    }
}
