internal import ArgumentParser

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "doctor", abstract: "What can be seen here, with which privilege and kernel feature, and how exact it is.")
  func run() async throws {}
}
