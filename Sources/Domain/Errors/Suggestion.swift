/// Guesses what a person meant.
package enum Suggestion {
    /// The candidate with the fewest typing mistakes; `nil` when a third of the word or more is wrong.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        let word = word.lowercased()
        // Longer than any key: no typing mistake, and the distance would cost its square.
        guard word.utf8.count <= 100 else { return nil }
        let scored = candidates.map { (candidate: $0, distance: distance(word, $0.lowercased())) }
        guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
        if best.distance <= max(1, min(word.count, best.candidate.count) / 3) { return best.candidate }
        return shortened(word, among: candidates)
    }

    /// The only candidate that `word` is a part of, between underscores, or an abbreviation.
    private static func shortened(_ word: String, among candidates: [String]) -> String? {
        guard word.utf8.count >= 3 else { return nil }
        let whole = candidates.filter { "_\($0.lowercased())_".contains("_\(word)_") }
        if !whole.isEmpty { return whole.count == 1 ? whole[0] : nil }
        let longer = candidates.filter { abbreviates(word, $0.lowercased()) }
        return longer.count == 1 ? longer[0] : nil
    }

    /// Whether `word` is `whole` with letters left out, but not the first and the last one.
    private static func abbreviates(_ word: String, _ whole: String) -> Bool {
        guard word.first == whole.first, word.last == whole.last else { return false }
        var rest = whole[...]
        for character in word {
            guard let place = rest.firstIndex(of: character) else { return false }
            rest = rest[rest.index(after: place)...]
        }
        return true
    }

    /// How many insertions, deletions and replacements of characters, and swaps of two neighbours, lie between.
    package static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
