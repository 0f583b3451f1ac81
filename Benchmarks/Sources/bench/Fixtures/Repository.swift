/// A repository with a given number of files in folders of 50, and one more file, `notes`, which agents edit.
struct Repository {
    let path: String
    let fileCount: Int

    /// Makes it with a clean checkout; its objects come in one pack, as after a clone.
    init(files fileCount: Int, named name: String, in laboratory: Laboratory) throws(BenchError) {
        path = "\(laboratory.place)/\(name)"
        self.fileCount = fileCount
        let stream = "\(laboratory.place)/\(name).import"
        try Files.write(Self.importStream(fileCount), to: stream)
        try laboratory.git(["init", "--quiet", "--initial-branch=main", path], in: laboratory.place).run()
        var load = laboratory.git(["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], in: path)
        load.input = stream
        try load.run()
        try laboratory.git(["-c", "checkout.workers=0", "reset", "--quiet", "--hard", "main"], in: path).run()
        try laboratory.remove(stream)
    }

    /// Contents of some 400 bytes differ from file to file.
    private static func importStream(_ fileCount: Int) -> String {
        var stream = "commit refs/heads/main\ncommitter Bench <bench@localhost> 1700000000 +0000\ndata 5\nfiles\n"
        func add(_ path: String, _ text: String) {
            stream += "M 100644 inline \(path)\ndata \(text.utf8.count)\n\(text)\n"
        }
        add("notes", "first\n")
        for number in 0..<fileCount {
            let line = "let value\(number) = compute(\(number), with: .everything)\n"
            let text = String(repeating: line, count: 8)
            add("area\(number / 2500)/part\(number / 50)/file\(number).swift", text)
        }
        return stream
    }
}
