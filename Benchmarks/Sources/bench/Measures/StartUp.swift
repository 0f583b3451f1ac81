/// How long the program takes to be there at all, and how large it is.
struct StartUp {
    let laboratory: Laboratory

    func measure() throws(BenchError) -> Table {
        let count = laboratory.count(50, quick: 20)
        let least = try milliseconds(["/bin/true"], count)
        let git = try milliseconds(["/usr/bin/git", "--version"], count)
        return Table(
            title: "Start-up and size",
            method: "\(count) starts each, from `posix_spawn` to the end. `list` opens an empty journal.",
            rows: [
                Row(
                    name: "`makima --version`",
                    unit: "ms",
                    ours: try milliseconds([laboratory.makima, "--version"], count),
                    floor: ("`/bin/true`", least),
                    bar: .atMost(20)
                ),
                Row(
                    name: "`makima list`",
                    unit: "ms",
                    ours: try milliseconds([laboratory.makima, "list"], count),
                    floor: ("`git --version`", git),
                    bar: .atMost(20)
                ),
                Row(name: "Program, its shim in it", unit: "MB", ours: try megabytes(laboratory.makima)),
            ]
        )
    }

    private func milliseconds(_ arguments: [String], _ count: Int) throws(BenchError) -> Samples {
        var program = laboratory.program(arguments)
        program.environment["MAKIMA_STATE_DIR"] = "\(laboratory.place)/empty"
        try program.run()
        return try Samples(count) { () throws(BenchError) in try laboratory.seconds(program) * 1000 }
    }

    private func megabytes(_ path: String) throws(BenchError) -> Samples {
        Samples([Double(try Files.size(path)) / 1e6])
    }
}
