/// What differs between the vault's index and the files, as `git status --porcelain=v1 -z` and its warnings tell.
///
/// Paths are bytes: they need not be valid UTF-8.
struct TreeStatus: Hashable {
    /// Paths ending in NUL, for `update-index -z --stdin`: of files that are new or changed.
    private(set) var present: [UInt8] = []
    /// The same of files that are gone.
    private(set) var gone: [UInt8] = []
    /// How many files are new, changed or gone.
    private(set) var count = 0
    /// Repositories inside the tree: their files cannot be staged.
    private(set) var nested: [String] = []
    /// Whether a `.gitignore` is among the files.
    private(set) var changesIgnoreRules = false
    /// Directories that cannot be looked into; their files would otherwise be missed without a word.
    private(set) var closed: [String] = []

    init(output: [UInt8], errorOutput: [UInt8] = []) {
        for record in output.split(separator: 0) where record.count > 3 {
            note(record[record.startIndex + 1], record.dropFirst(3))
        }
        closed = Self.closedDirectories(errorOutput)
    }

    var isEmpty: Bool { present.isEmpty && gone.isEmpty }

    private mutating func note(_ change: UInt8, _ path: ArraySlice<UInt8>) {
        // Only the index differs from the last commit.
        if change == UInt8(ascii: " ") { return }
        if path.last == UInt8(ascii: "/") {
            nested.append(String(decoding: path.dropLast(), as: UTF8.self))
            return
        }
        count += 1
        if path.suffix(Self.ignoreRules.count).elementsEqual(Self.ignoreRules),
            path.count == Self.ignoreRules.count
                || path[path.endIndex - Self.ignoreRules.count - 1] == UInt8(ascii: "/")
        {
            changesIgnoreRules = true
        }
        if change == UInt8(ascii: "D") { gone += path + [0] } else { present += path + [0] }
    }

    private static let ignoreRules = Array(".gitignore".utf8)

    /// A directory that cannot be looked into is only a warning to git.
    ///
    /// Whatever else it warns of may be a file that is missed too, as one whose name has line breaks: the warning itself
    /// then stands for it.
    private static func closedDirectories(_ errorOutput: [UInt8]) -> [String] {
        GitOutput.lines(errorOutput)
            .map { line in
                let start = "warning: could not open directory '"
                guard line.hasPrefix(start), let end = line.ranges(of: "': ").last?.lowerBound else { return line }
                return String(line[line.index(line.startIndex, offsetBy: start.count)..<end])
            }
    }
}

/// How the agent's index differs from a tree, as `git diff-index --cached --raw -z` tells.
struct IndexDifference: Hashable {
    /// Lines for `update-index -z --index-info`: repositories that became or ceased to be submodules.
    private(set) var gitlinks: [UInt8] = []
    /// Paths ending in NUL: files, also ignored ones, that the agent added.
    private(set) var added: [UInt8] = []
    /// The same of files that the agent does not track any more.
    private(set) var untracked: [UInt8] = []

    init(_ output: [UInt8]) {
        // `:<old mode> <new mode> <old object> <new object> <letter>`, then the path.
        let records = output.split(separator: 0)
        for index in stride(from: 0, to: records.count - 1, by: 2) {
            let fields = records[index].dropFirst().split(separator: UInt8(ascii: " "))
            guard fields.count == 5 else { continue }
            note(fields.map { String(decoding: $0, as: UTF8.self) }, records[index + 1] + [0])
        }
    }

    var isEmpty: Bool { gitlinks.isEmpty && added.isEmpty && untracked.isEmpty }

    private mutating func note(_ fields: [String], _ path: ArraySlice<UInt8>) {
        let (old, new, object, letter) = (fields[0], fields[1], fields[3], fields[4])
        if new == "160000" {
            gitlinks += Array("160000 \(object)\t".utf8) + path
        } else if old == "160000", new == "000000" {
            gitlinks += Array("0 \(object)\t".utf8) + path
        }
        let isFile = new.hasPrefix("10") || new.hasPrefix("12")
        if isFile, old == "000000" || old == "160000", letter == "A" || letter == "T" { added += path }
        if new == "000000", old.hasPrefix("10") || old.hasPrefix("12"), letter == "D" { untracked += path }
    }
}
