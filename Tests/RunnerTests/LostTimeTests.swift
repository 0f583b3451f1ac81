import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Runner

struct LostTimeTests {
    private let directory = TemporaryDirectory("makima-lost")
    private var spool: Spool { Spool(directory.path) }
    private let started = "{\"started\":1}\n"

    @Test func isWhatTheShimRecorded() {
        write(started + "{\"exit\":0,\"cause\":\"owner_lost\",\"elapsed_ms\":4200}\n", at: 100)
        #expect(LostTime.of(spool) == .milliseconds(4200))
    }

    @Test func isTheTimeUntilTheLastOutputWhereTheShimWasKilled() {
        write(started, at: 100)
        touch(directory.write("x", to: "stdout"), at: 107)
        touch(directory.write("", to: "stderr"), at: 100)
        #expect(LostTime.of(spool) == .seconds(7))
    }

    @Test func isNothingWhereNothingWasStarted() {
        #expect(LostTime.of(spool) == .zero)
        write("", at: 100)
        #expect(LostTime.of(spool) == .zero)
    }

    @Test func isNeverBelowZero() {
        write(started, at: 100)
        touch(directory.write("x", to: "stdout"), at: 7)
        #expect(LostTime.of(spool) == .zero)
    }

    private func write(_ record: String, at seconds: Int) {
        touch(directory.write(record, to: "record"), at: seconds)
    }

    private func touch(_ path: String, at seconds: Int) {
        let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        utimensat(AT_FDCWD, path, times, 0)
    }
}
