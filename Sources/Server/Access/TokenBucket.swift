import Domain
import Synchronization

/// Lets so many through in a time, and some more at once.
struct TokenBucket: Hashable, Sendable {
    let capacity: Double
    let perSecond: Double
    private(set) var level: Double
    private(set) var filledAt: Timestamp

    init(capacity: Double, perSecond: Double, at time: Timestamp) {
        self.capacity = capacity
        self.perSecond = perSecond
        level = capacity
        filledAt = time
    }

    /// Takes one out where there is one; otherwise the seconds until there is.
    mutating func take(at time: Timestamp) -> Int? {
        fill(at: time)
        guard level < 1 else {
            level -= 1
            return nil
        }
        return max(1, Int(((1 - level) / perSecond).rounded(.up)))
    }

    mutating func fill(at time: Timestamp) {
        // A clock that was set back fills nothing.
        level = min(capacity, level + max(0, (time - filledAt).inSeconds) * perSecond)
        filledAt = time
    }

    var isFull: Bool { level >= capacity }
}

/// The buckets of many names; of a bounded number.
final class RateLimiter: Sendable {
    private let capacity: Double
    private let perSecond: Double
    private let buckets = Mutex<[String: TokenBucket]>([:])
    private static let most = 10_000

    init(capacity: Double, perSecond: Double) {
        self.capacity = capacity
        self.perSecond = perSecond
    }

    /// `nil` where `name` may; otherwise the seconds to wait.
    func take(_ name: String, at time: Timestamp) -> Int? {
        buckets.withLock { buckets in
            if buckets.count >= Self.most, buckets[name] == nil { Self.shrink(&buckets, at: time) }
            return buckets[name, default: TokenBucket(capacity: capacity, perSecond: perSecond, at: time)]
                .take(at: time)
        }
    }

    private static func shrink(_ buckets: inout [String: TokenBucket], at time: Timestamp) {
        for name in buckets.keys {
            buckets[name]?.fill(at: time)
            if buckets[name]?.isFull == true { buckets[name] = nil }
        }
        // Whoever fills them all at once loses nothing but a count.
        if buckets.count >= most { buckets = [:] }
    }
}
