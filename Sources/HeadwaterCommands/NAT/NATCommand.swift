internal import ArgumentParser

struct NATCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nat",
    abstract: "Look up the NAT translation of one flow (one exact conntrack lookup).",
    discussion: """
      FLOW is address:port-address:port, before or after translation, in either order. It is looked up as TCP, then as \
      UDP, in the network namespace that the command runs in; with --host or --hosts on those hosts instead.
      """)

  @Argument(help: "The flow to look up.")
  var flow: String

  @OptionGroup var hosts: HostOptions
  @OptionGroup var output: JSONOptions

  @Flag(name: .shortAndLong, help: "Show how long the lookup took.")
  var verbose = false

  func run() async throws {
    let request = try NATRequest(self)
    try await request.output.show(request.answer())
  }
}
