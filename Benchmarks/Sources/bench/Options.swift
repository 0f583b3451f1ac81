/// The command line.
struct Options {
    var binary: String
    /// An empty directory to work in.
    var place: String
    var isQuick = false
    /// The one measurement to make, or all.
    var only: String?
    /// Printed before the tables: where and how they were measured.
    var heading = ""

    init(_ arguments: [String]) throws(BenchError) {
        var values: [String: String] = [:]
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--quick" {
                isQuick = true
                continue
            }
            guard ["--binary", "--place", "--heading", "--only"].contains(name), let value = rest.popFirst() else {
                throw .usage("'\(name)' is not known or lacks its value.")
            }
            values[name] = value
        }
        guard let binary = values["--binary"], let place = values["--place"] else {
            throw .usage("--binary and --place are needed.")
        }
        self.binary = binary
        self.place = place
        only = values["--only"]
        heading = values["--heading"] ?? ""
    }
}
