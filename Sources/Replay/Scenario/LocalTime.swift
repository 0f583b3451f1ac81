import Domain
import FoundationEssentials

/// A point in time with the offset of the zone it was written in.
struct LocalTime: Hashable, Sendable {
    var time: Timestamp
    /// Hours east of Greenwich; 0 where none is written.
    var hoursEast: Int

    /// Reads `2026-01-29T16:29:33+02:00`; `nil` for anything else, also for zones of half hours.
    init?(_ text: String) {
        let body = text.prefix(19)
        let zone = text.dropFirst(19)
        // What is no time is no error here: the reader of the field says so.
        guard let seconds = try? Date("\(body)Z", strategy: .iso8601).timeIntervalSince1970 else { return nil }
        switch zone {
        case "", "Z": hoursEast = 0
        default:
            guard zone.count == 6, zone.hasSuffix(":00"), let hours = Int(zone.prefix(3)) else { return nil }
            hoursEast = hours
        }
        time = Timestamp(millisecondsSince1970: (Int64(seconds) - Int64(hoursEast) * 3600) * 1000)
    }

    init(_ time: Timestamp) {
        self.time = time
        hoursEast = 0
    }

    /// The name of the fixed zone; its sign is the other way round.
    var zoneName: String {
        hoursEast == 0 ? "UTC" : "Etc/GMT\(hoursEast > 0 ? "-" : "+")\(abs(hoursEast))"
    }
}

extension FieldKind {
    static var time: FieldKind<LocalTime> {
        FieldKind<LocalTime>(name: "a time such as 2026-01-29T16:29:33+02:00") { $0.string.flatMap(LocalTime.init) }
    }
}
