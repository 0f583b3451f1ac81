import Glibc
import TestSupport
import Testing

@testable import Processes

struct ConfigurationCopyTests {
    private let host = TemporaryDirectory()
    private let room = TemporaryDirectory()

    private func copy(_ names: [String], in place: String? = nil) -> ConfigurationCopy {
        let paths = names.compactMap { HostPath("\(host.path)/\($0)") }
        return ConfigurationCopy(of: paths, below: host.path, in: place ?? room.path)
    }

    private func text(_ copy: ConfigurationCopy, _ name: String) -> String? {
        TestFiles.read("\(copy.directory)/\(name)")
    }

    @Test func holdsFilesLinksAndPlacesForDirectories() {
        host.write("one", to: "hosts")
        host.write("two", to: "ssl/openssl.cnf")
        host.write("in it", to: "certs/file")
        symlink("/usr/share/zoneinfo/UTC", "\(host.path)/localtime")
        let copy = copy(["hosts", "ssl/openssl.cnf", "certs", "localtime", "missing"])
        #expect(copy.refresh())
        #expect(text(copy, "hosts") == "one")
        #expect(text(copy, "ssl/openssl.cnf") == "two")
        #expect(HostPath.linkTarget("\(copy.directory)/localtime") == "/usr/share/zoneinfo/UTC")
        #expect(rmdir("\(copy.directory)/certs") == 0)
    }

    @Test func followsTheHost() {
        host.write("one", to: "hosts")
        let copy = copy(["hosts"])
        #expect(copy.refresh())
        host.write("another", to: "hosts")
        #expect(copy.refresh())
        #expect(text(copy, "hosts") == "another")
    }

    /// Such as a link into /run, which another network replaces.
    @Test func followsAFileThatIsReplaced() {
        host.write("first", to: "run/first")
        host.write("another", to: "run/other")
        symlink("run/first", "\(host.path)/resolv.conf")
        let copy = copy(["resolv.conf"])
        #expect(copy.refresh())
        unlink("\(host.path)/resolv.conf")
        symlink("run/other", "\(host.path)/resolv.conf")
        #expect(copy.refresh())
        #expect(text(copy, "resolv.conf") == "another")
    }

    @Test func writesNothingWhereNothingChanged() {
        host.write("one", to: "hosts")
        let copy = copy(["hosts"])
        #expect(copy.refresh())
        chmod("\(copy.directory)/hosts", 0o600)
        #expect(copy.refresh())
        var status = stat()
        #expect(lstat("\(copy.directory)/hosts", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func doesNotShowWhatTheHostHasNoMore() {
        host.write("one", to: "hosts")
        host.write("two", to: "passwd")
        #expect(copy(["hosts", "passwd"]).refresh())
        unlink("\(host.path)/passwd")
        let later = copy(["hosts", "passwd"])
        #expect(later.refresh())
        #expect(text(later, "passwd") == nil)
    }

    @Test func saysWhenItCannotBeKept() {
        host.write("one", to: "hosts")
        #expect(!copy(["hosts"], in: "\(room.path)/missing").refresh())
        let copy = copy(["hosts"])
        #expect(copy.refresh())
        truncate("\(host.path)/hosts", 5 << 20)
        #expect(!copy.refresh())
        #expect(HostFolder.names(in: room.path).count == 1)
    }

    @Test func goesOnWithoutWhatVanished() {
        host.write("one", to: "hosts")
        host.write("two", to: "passwd")
        let copy = copy(["hosts", "passwd"])
        #expect(copy.refresh())
        unlink("\(host.path)/hosts")
        #expect(copy.refresh())
        #expect(text(copy, "hosts") == nil)
        #expect(text(copy, "passwd") == "two")
        host.write("again", to: "hosts")
        #expect(copy.refresh())
        #expect(text(copy, "hosts") == "again")
        #expect(SystemRoot.refreshed([HostPath("\(host.path)/hosts")].compactMap { $0 }).count == 1)
        let former = [HostPath("\(host.path)/hosts")].compactMap { $0 }
        unlink("\(host.path)/hosts")
        #expect(SystemRoot.refreshed(former).isEmpty)
    }

    /// A directory in the way of a file makes the last step fail.
    @Test func leavesNothingUnfinishedThatASandboxSees() {
        host.write("one", to: "hosts")
        symlink("/usr/share/zoneinfo/UTC", "\(host.path)/localtime")
        for name in ["hosts", "localtime"] {
            let copy = copy([name])
            mkdir(copy.directory, 0o755)
            mkdir("\(copy.directory)/\(name)", 0o755)
            #expect(!copy.refresh())
            #expect(HostFolder.names(in: copy.directory) == [name])
        }
        #expect(HostFolder.names(in: room.path).allSatisfy { !$0.hasSuffix("new") })
    }

    @Test func removesWhatNoMakimaUsedForAWeek() {
        host.write("one", to: "hosts")
        host.write("two", to: "passwd")
        let (mine, old, recent) = (copy(["hosts"]), copy(["passwd"]), copy(["hosts", "passwd"]))
        for copy in [mine, old, recent] { #expect(copy.refresh()) }
        let others = ["etc-mine", "etc-1.txt", "journal"].map { room.write("", to: $0) }
        let unfinished = room.write("", to: "etc-1.2.new")
        for path in [mine.directory, old.directory, unfinished] + others { age(path, days: 8) }
        age(recent.directory, days: 6)
        mine.removeForgotten()
        for path in [old.directory, unfinished] { #expect(!TestFiles.exists(path)) }
        for path in [mine.directory, recent.directory] + others { #expect(TestFiles.exists(path)) }
        #expect(mine.refresh())
        recent.removeForgotten()
        #expect(text(mine, "hosts") == "one")
    }

    private func age(_ path: String, days: Int) {
        let then = timespec(tv_sec: time(nil) - days * 86400, tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, path, [then, then], 0) == 0)
    }

    @Test func aSandboxWithACopyShowsTheSame() async throws {
        let launcher = PosixSpawnLauncher()
        let script = "cd /etc && find . -type f -o -type l | sort && cat hosts passwd nsswitch.conf ssl/openssl.cnf"
        var outputs: [[UInt8]] = []
        for room in [nil, room.path] {
            let probe = SandboxProbe(launcher: launcher, path: systemPath, room: room)
            guard case .available(let sandbox, _) = await probe.availability() else {
                Issue.record("bubblewrap must work where these tests run")
                return
            }
            let result = try await launcher.run(sandbox.confine(.shell(script), SandboxProfile(network: .none)))
            outputs.append(result.output)
        }
        #expect(outputs[0].count > 100)
        #expect(outputs[0] == outputs[1])
        #expect(HostFolder.names(in: room.path).count == 1)
    }
}
