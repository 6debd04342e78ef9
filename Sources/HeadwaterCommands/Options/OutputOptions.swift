internal import ArgumentParser

/// How an answer with tables and colours is printed.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the answer as JSON.")
  var json = false

  @Flag(help: "Do not use colours, even on a terminal.")
  var noColor = false

  @Flag(name: .shortAndLong, help: "Show more detail on how the answer was found.")
  var verbose = false

  var resolved: Output { Output(isJSON: json, isVerbose: verbose, noColor: noColor) }
}

/// How an answer of one sentence is printed.
struct JSONOptions: ParsableArguments {
  @Flag(help: "Print the answer as JSON.")
  var json = false

  var resolved: Output { Output(isJSON: json) }
}
