import Domain
import LoopCore
import Testing

struct DiskReserveTests {
    @Test(
        arguments: [
            (0, 0, 0, nil), (1024, 1024, 1000, nil), (1024, 1024, nil, nil),
            (1024, 1023, nil, .space(freeMiB: 1023, reserveMiB: 1024)),
            (1024, 1024, 999, .inodes(free: 999, reserve: 1000)), (1024, 0, 0, .space(freeMiB: 0, reserveMiB: 1024)),
            (1, 1, 1000, nil),
            (0, 5, 0, nil),
        ] as [(Int, Int, Int?, DiskShortage?)]
    )
    func whatIsTooLittle(reserve: Int, mib: Int, inodes: Int?, shortage: DiskShortage?) {
        #expect(DiskReserve(reserve).shortage(of: DiskSpace(freeBytes: mib << 20, freeInodes: inodes)) == shortage)
    }

    @Test func aPartOfAMegabyteIsNone() {
        let space = DiskSpace(freeBytes: (2 << 20) - 1, freeInodes: nil)
        #expect(DiskReserve(2).shortage(of: space) == .space(freeMiB: 1, reserveMiB: 2))
    }
}
