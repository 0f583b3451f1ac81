import Glibc

// A server without the rest of makima, for what tests and measures it from outside; part of no product.

let arguments = CommandLine.arguments
guard arguments.count == 3, ["serve", "measure"].contains(arguments[1]) else {
    say("Error: A command and a directory are needed.\nHint: makima-server-bench serve|measure DIRECTORY", to: 2)
    exit(2)
}
let served = try await ServedStore.open(arguments[2])
if arguments[1] == "serve" {
    // Ends with its standard input, so that nothing is left when whoever started it is gone.
    try await served.serve { port in
        say(served.tokens.json(port: port))
        await served.endOfInput()
    }
} else {
    try await served.serve { port in try await Measurements(served: served, port: port).run() }
}
