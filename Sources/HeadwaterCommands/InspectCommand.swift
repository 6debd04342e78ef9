internal import ArgumentParser

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "inspect", abstract: "All that is known of one process, container, address, port or flow.")
  func run() async throws {}
}
