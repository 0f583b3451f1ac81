import CLinux

/// What a shim is given beyond its output, its record and its control pipe: descriptors, and the arguments that name them.
struct ShimGifts: ~Copyable {
    let standardInput: Descriptor
    private let input: ProgramInput
    private let secrets: SecretsFile
    let entrance: GroupEntrance
    /// At which another makima can take the program over.
    private let door: DoorBox?
    private let lock: Int32?
    private let orphanTime: Duration

    /// How many descriptors come before these.
    private static let first = 6

    init(for supervised: SupervisedCommand, in groups: ControlGroups?) throws(ProcessError) {
        let input = try ProgramInput(of: supervised)
        let standardInput = try input.standardInput()
        let secrets = try SecretsFile(supervised.secrets)
        let entrance = try GroupEntrance(to: groups, for: supervised)
        let door = supervised.orphanTime > .zero ? DoorBox(try Self.openDoor(of: supervised.spool)) : nil
        self.input = input
        self.standardInput = standardInput
        self.secrets = secrets
        self.entrance = entrance
        self.door = door
        lock = supervised.heldDescriptor
        orphanTime = supervised.orphanTime
    }

    private static func openDoor(of spool: Spool) throws(ProcessError) -> Descriptor {
        let door = try Descriptor(
            adopting: cs_unix_listen(spool.directory, Spool.doorName),
            "listen",
            "\(spool.directory)/\(Spool.doorName)"
        )
        // Who came may have left before the shim lets him in.
        cs_set_nonblocking(door.number)
        return door
    }

    private var all: [(option: String, number: Int32)] {
        var all: [(String, Int32)] = secrets.numbers.map { ("--secrets", $0) }
        all += entrance.numbers.map { ("--group", $0) }
        if let growing = input.growing { all.append(("--input", growing)) }
        if let door = door?.descriptor.number { all.append(("--door", door)) }
        // Held in any case, until nothing of the program is left.
        if let lock { all.append(("--lock", lock)) }
        return all
    }

    /// In the order of the arguments; the place of ``Command/extraDescriptor`` is left to that.
    var numbers: [Int32] {
        var numbers = all.map(\.number)
        if numbers.count > Self.reserved { numbers.insert(standardInput.number, at: Self.reserved) }
        return numbers
    }

    private static let reserved = Int(Command.extraDescriptor) - first

    var arguments: [String] {
        let places = all.enumerated()
            .flatMap { index, gift in
                [gift.option, "\(Self.first + index + (index < Self.reserved ? 0 : 1))"]
            }
        guard door != nil else { return places }
        return places + ["--orphan-ms", "\(max(1, orphanTime.wholeMilliseconds))"]
    }
}

/// Keeps the door open until the shim has it.
private final class DoorBox {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
