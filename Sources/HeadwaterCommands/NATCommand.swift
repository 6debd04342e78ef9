internal import ArgumentParser
internal import Flows
internal import LinuxSystem
internal import Tracing
internal import Vantage
internal import Views

struct NATCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nat",
    abstract: "What translation makes of one flow in this network namespace: one exact question, not a search.",
    discussion: "FLOW is address:port-address:port, before or after translation, in either order; TCP, then UDP.")

  @Argument(help: "The flow to look up.")
  var flow: String

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Say how long the look-up took.")
  var verbose = false

  func run() async throws {
    guard case .flow(let source, let destination) = try Target.shaped(flow) else {
      throw CommandFailure(.usage, "\(flow): a flow is two endpoints, as 10.0.7.248:40142-10.8.1.3:3129")
    }
    for transport in [Transport.tcp, .udp] {
      let begin = MonotonicClock.seconds
      guard let found = try LocalTranslation.look(up: Flow(transport, from: source, to: destination)) else { continue }
      if verbose {
        Console.report("looked up in \(Int((MonotonicClock.seconds - begin) * 1e6)) microseconds")
      }
      if json {
        Console.print(try Document(found))
      } else if found.isTranslated {
        Console.print("\(found.original) is \(found.translated.source) -> \(found.translated.destination)")
      } else {
        Console.print("\(found.original) is not translated")
      }
      return
    }
    Console.report("no tracked connection has this tuple here")
    throw ExitStatus.noAnswer
  }
}
