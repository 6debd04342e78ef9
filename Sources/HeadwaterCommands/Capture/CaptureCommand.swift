internal import ArgumentParser

struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Capture packets with their processes, in any network namespace or container.",
    discussion: """
      TARGET is what headwater trace takes: an interface, address or prefix, address:port, :port, flow, process, container, \
      address set or site. Without one, everything is captured. Without --in, packets are captured wherever the target \
      passes on this host, or where headwater runs if there is no target.

      The file is pcapng, which Wireshark, tshark and tcpdump read. It has the process of each packet as the kernel knew the \
      socket, and the answer of headwater pcap comes at the end. Only headers and handshakes are captured unless --payload or --snap \
      says otherwise. Without -o each packet is a line.
      """)

  @Argument(help: "What to capture.")
  var target: String?

  @Option(
    name: .customLong("in"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Capture here: host, a container, the name of a network namespace, or pid:N. Repeatable.", valueName: "place"))
  var places: [String] = []

  @Option(
    name: .customLong("for"), help: ArgumentHelp("Stop after this long (default: on Ctrl-C).", valueName: "seconds"))
  var window: Window?

  @Option(help: ArgumentHelp("Stop after this many packets.", valueName: "number"))
  var packets: UInt64?

  @Option(help: ArgumentHelp("Stop when the file has this many bytes (200M).", valueName: "bytes"))
  var size: ByteCount?

  @Flag(help: "Capture each packet once, where it is seen first, and not again at other places and behind NAT.")
  var once = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write pcapng to this new file; - is standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Capture whole packets.")
  var payload = false

  @Option(help: ArgumentHelp("Capture this many bytes of each packet.", valueName: "bytes"))
  var snap: Int?

  @Option(
    help: ArgumentHelp("Capture only packets that this filter (pcap-filter(7)) accepts, too.", valueName: "expression"))
  var filter: String?

  @Flag(help: "Print a line for each conversation instead of each packet.")
  var flows = false

  @OptionGroup var meter: MeterOptions
  @OptionGroup var hosts: JoinedHostOptions
  @OptionGroup var shown: OutputOptions

  func validate() throws {
    guard !payload || snap == nil else { throw ValidationError("give --payload or --snap, not both") }
    guard snap.map({ (16...262_144).contains($0) }) ?? true else {
      throw ValidationError("--snap must be 16 to 262144")
    }
    guard packets.map({ $0 > 0 }) ?? true else { throw ValidationError("--packets must be at least 1") }
    guard output != "-" || !shown.json else {
      throw ValidationError("--json and -o - both need standard output; write the packets to a file")
    }
    guard size == nil || output != nil else { throw ValidationError("--size is for -o") }
    guard output == nil || !flows else { throw ValidationError("--flows is for lines, not for -o") }
    guard output?.isEmpty != true else { throw ValidationError("-o needs the name of a file") }
  }

  func run() async throws {
    try await CaptureRequest(self).run()
  }
}
