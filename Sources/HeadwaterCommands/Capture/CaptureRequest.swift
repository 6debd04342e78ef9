internal import AddressSets
internal import Flows
internal import LinuxSystem
internal import Packets
internal import Questions
internal import Sessions
internal import Tracing
internal import Views

/// The resolved request of `headwater capture`.
struct CaptureRequest: Sendable {
  /// Where the packets go.
  enum Destination: Hashable, Sendable {
    case file(String)
    case standardOutput
    /// Lines for people: of packets, or of conversations.
    case lines(isFlows: Bool)
  }

  let output: Output
  let target: String?
  let places: [String]
  let seconds: Double
  let packets: UInt64
  /// The most bytes of the file.
  let size: UInt64
  /// Whether each packet is captured once.
  let isOnce: Bool
  let destination: Destination
  /// How many bytes of each packet to keep; nil for headers and handshakes.
  let snap: Int?
  let filter: [CaptureQuestion.Instruction]
  let here: LocalMeasurement
  let others: HostSelection?
  let sets: AddressSets

  init(_ command: CaptureCommand) throws {
    output = command.shown.resolved
    target = command.target
    places = command.places
    seconds = command.window?.seconds ?? .infinity
    packets = command.packets ?? .max
    size = command.size?.bytes ?? .max
    isOnce = command.once
    switch command.output {
    case nil: destination = .lines(isFlows: command.flows)
    case "-": destination = .standardOutput
    case .some(let path): destination = .file(path)
    }
    snap = command.payload ? CaptureQuestion.longest : command.snap
    here = command.meter.resolved(output, watchesNames: true)
    let settings = try command.hosts.settings()
    others = try command.hosts.selection(settings)
    sets = settings.addressSets()
    if let target { try Target.check(target) }
    do throws(PacketFilter.Failure) {
      filter =
        try command.filter.map { text throws(PacketFilter.Failure) in
          try PacketFilter(text).instructions.map {
            .init(code: $0.code, jumpTrue: $0.jumpTrue, jumpFalse: $0.jumpFalse, value: $0.value)
          }
        } ?? []
    } catch {
      if case .missing = error { throw CommandFailure(.noAnswer, "\(error)") }
      throw CommandFailure(.usage, "\(command.filter ?? ""): \(error)")
    }
    if destination == .standardOutput, ProcessExit.isTerminal(1) {
      throw CommandFailure(.usage, "packets can't be shown on a terminal; name a file with -o, or pipe them")
    }
  }

  /// - Parameter isQuiet: whether nobody reads an answer.
  func run(isQuiet: Bool = false) async throws {
    // Before anything is started: what can't be written need not be captured.
    let sink = try CaptureSink(destination)
    let interruption = try Interruption.ofProgram()
    let group = try await HostGroup(here, others: others)
    for note in group.notes where note.isShown(isVerbose: output.isVerbose) { Console.report("\(note)") }
    var capture = try await CaptureRun(self, group.vantage, sink)
    try await capture.run { interruption.hasCome }
    if isQuiet { return }
    let answer = capture.answer(group.failures)
    if destination == .standardOutput {
      Console.report(lines: answer.lines(output))
      for remark in answer.remarks(output) { Console.report(remark) }
      if answer.status != .answered { throw answer.status }
    } else {
      try output.show(answer)
    }
  }
}
