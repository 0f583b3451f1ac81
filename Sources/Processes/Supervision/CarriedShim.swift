import Glibc

/// The shim that a release of makima carries at the end of its own file, so that one file is all there is to install.
///
/// The file ends in the shim's bytes and 40 more: 16 digits of the shim's hash, 16 digits of its length (both
/// hexadecimal) and `MKM-SHIM`. `scripts/join-shim` writes them.
package struct CarriedShim: Hashable, Sendable {
    private static let mark = Array("MKM-SHIM".utf8)
    private static let trailerLength = 40
    private static let piece = 64 << 10

    private let file: String
    private let start: Int
    private let length: Int
    /// Names the unpacked file, so that makimas of several versions do not take each other's.
    private let hash: String

    /// Looks for it at the end of `file`; `nil` when there is none, as in a build that was not made a release.
    package init?(in file: String) {
        guard let descriptor = try? Descriptor.reading(file) else { return nil }
        var status = stat()
        guard fstat(descriptor.number, &status) == 0, status.st_size > Self.trailerLength else { return nil }
        let size = Int(status.st_size)
        var trailer = [UInt8](repeating: 0, count: Self.trailerLength)
        let count = pread(descriptor.number, &trailer, trailer.count, off_t(size - trailer.count))
        guard count == trailer.count, trailer.suffix(Self.mark.count).elementsEqual(Self.mark) else { return nil }
        let digits = String(decoding: trailer[16..<32], as: UTF8.self)
        guard let length = Int(digits, radix: 16), length > 0, length <= size - trailer.count else { return nil }
        self.file = file
        self.length = length
        start = size - trailer.count - length
        hash = String(decoding: trailer[..<16].filter { $0.isHexadecimalDigit }, as: UTF8.self)
    }

    /// Makes it a program of its own in `directory`, which exists and is the user's own, and returns its path.
    ///
    /// What is there already is used again where it is the same, byte for byte: the shim runs on the host, and a disk that was
    /// full or a power failure may have left something else of the same size.
    package func unpack(into directory: String) throws(ProcessError) -> String {
        let path = "\(directory)/shim-\(hash)"
        let source = try Descriptor.reading(file)
        if holdsTheSame(path, as: source) {
            // Its time says when it was used last, for whoever looks for shims that nobody uses.
            utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW)
            return path
        }
        var template = Array("\(path).XXXXXX".utf8CString)
        let target = try Descriptor(adopting: mkstemp(&template), "open", path)
        let temporary = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        do throws(ProcessError) {
            try copy(source, to: target, temporary)
            guard fchmod(target.number, 0o700) == 0, rename(temporary, path) == 0 else {
                throw .systemCallFailed("rename", subject: path, errno: errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        return path
    }

    private func copy(
        _ source: borrowing Descriptor,
        to target: borrowing Descriptor,
        _ path: String
    ) throws(ProcessError) {
        var bytes = [UInt8](repeating: 0, count: length)
        guard pread(source.number, &bytes, length, off_t(start)) == length else {
            throw .systemCallFailed("read", subject: file, errno: errno)
        }
        guard write(target.number, bytes, length) == length else {
            throw .systemCallFailed("write", subject: path, errno: errno)
        }
    }

    /// Whether `path` is a program of the user's own with the shim's bytes.
    private func holdsTheSame(_ path: String, as source: borrowing Descriptor) -> Bool {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        guard let there = try? Descriptor(adopting: open(path, flags), "open", path) else { return false }
        var status = stat()
        guard fstat(there.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o777 == 0o700, Int(status.st_size) == length
        else { return false }
        return compare(source.number, there.number)
    }

    /// In pieces: to have both whole in memory takes ten times as long, for the pages.
    private func compare(_ source: Int32, _ other: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 2 * Self.piece, alignment: 16) { buffer in
            guard let left = buffer.baseAddress else { return false }
            let right = left + Self.piece
            var done = 0
            while done < length {
                let count = min(Self.piece, length - done)
                guard pread(source, left, count, off_t(start + done)) == count,
                    pread(other, right, count, off_t(done)) == count, memcmp(left, right, count) == 0
                else { return false }
                done += count
            }
            return true
        }
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
