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
        let own = getpid()
        if let before = read(of: own), before.request == request || !request.isMore(than: before.request) { return }
        let text = "\(request.word) \(wallClock.now().millisecondsSince1970) \(own)\n"
        // Where there is no room for it, a second wish is a more insistent one.
        try? writeFile(Array(text.utf8), to: path)
    }

    /// What the process `owner` has heard; `nil` where it has heard nothing, or where that cannot be read.
    ///
    /// What another one heard, which died over it, says nothing of this one.
    func read(of owner: Int32) -> StopWish? {
        guard let bytes = SmallFile.read(path, atMost: 64) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let time = Int64(words[1]), Int32(words[2]) == owner,
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
    ///
    /// One that insists is, however often: it may mean what hangs since the last time.
    func isMore(than other: StopRequest) -> Bool { self == .forced }
}
