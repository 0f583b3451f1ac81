import Domain
import Glibc
import Processes

/// That a person wants the end of a run, where other processes see it.
///
/// Wishes reach the run by signals, of which a second one is a more insistent wish. Whoever asks once more by `makima stop`
/// means nothing else, and looks here first.
struct StopNote: Sendable {
    let path: String
    let wallClock: any WallClock

    init(of directory: TaskDirectory, at wallClock: any WallClock) {
        path = directory.stopNote
        self.wallClock = wallClock
    }

    /// Notes a wish that was heard; the time of one that is no more insistent than the noted one stays.
    func note(_ request: StopRequest) {
        if let before = read(), !request.isMore(than: before.request) { return }
        let text = "\(request.word) \(wallClock.now().millisecondsSince1970)\n"
        // Where there is no room for it, a second wish is a more insistent one.
        try? writeFile(Array(text.utf8), to: path)
    }

    /// What was heard; `nil` where nothing was, or where that cannot be read.
    func read() -> StopWish? {
        guard let bytes = SmallFile.read(path, atMost: 64) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let time = Int64(words[1]),
            let request = StopRequest.allCases.first(where: { $0.word == words[0] })
        else { return nil }
        return StopWish(request: request, at: Timestamp(millisecondsSince1970: time))
    }

    /// Of a run that is over, nobody wants that.
    func remove() {
        // What stays is removed by the next run.
        try? Marker.remove(path)
    }
}

extension StopRequest {
    fileprivate var word: String {
        switch self {
        case .gentle: "gentle"
        case .pause: "pause"
        case .forced: "forced"
        }
    }

    /// Whether it is to be heard though `other` was.
    func isMore(than other: StopRequest) -> Bool { self == .forced && other != .forced }
}
