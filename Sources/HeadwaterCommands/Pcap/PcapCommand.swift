public import ArgumentParser
public import Views

extension PacketsGrouping: ExpressibleByArgument {}

struct PcapCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pcap",
    abstract: "Read capture files: who makes the traffic in them.",
    discussion: """
      Reads pcap and pcapng of any size, plain or compressed (gzip, zstd, xz, bzip2), in one pass and in constant \
      memory; - is standard input. Several files are read as one: those of a ring, or those that were captured at \
      several places at the same time, whose common packets then count once. A word behind the files that is no file is \
      the target: an address or prefix, address:port, :port, a flow (10.0.7.248:40142-10.8.1.3:3129), pid:N, or the name of \
      a site, a process, a container or an interface. Without one, all of the traffic is asked about.
      """)

  @Argument(help: ArgumentHelp("Capture files, and then what to ask about.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Show one table only: \(PacketsGrouping.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "what"))
  var by: PacketsGrouping?

  @Option(help: ArgumentHelp("Show this many rows of each table.", valueName: "number"))
  var top = 10

  @Flag(help: "Print one table as comma-separated values: that of --by, or the conversations.")
  var csv = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Write the packets of a row of the table to a new pcapng file: the row's number, and the file.",
      valueName: "row file"))
  var write: [String] = []

  @Option(
    name: .customLong("with"),
    help: ArgumentHelp(
      "Trace the traffic on, with recorded evidence of the hosts: an archive of headwater collect, a folder, or pasted outputs. Repeatable.",
      valueName: "bundle"))
  var bundles: [String] = []

  @Flag(help: "Keep reading as the files grow, and print a summary each interval.")
  var follow = false

  @Option(help: ArgumentHelp("With --follow, print a summary this often (default: 5).", valueName: "seconds"))
  var interval: Window?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !csv || !output.json else { throw ValidationError("give --csv or --json, not both") }
    guard (1...100_000).contains(top) else { throw ValidationError("--top must be 1 to 100000") }
    guard interval == nil || follow else { throw ValidationError("--interval needs --follow") }
    guard write.isEmpty || (write.count == 2 && Int(write[0]) != nil) else {
      throw ValidationError("--write takes the number of a row and a file: --write 1 out.pcapng")
    }
    guard write.isEmpty || !follow else { throw ValidationError("--write can't be used with --follow") }
    guard bundles.isEmpty || !follow else { throw ValidationError("--with can't be used with --follow") }
    guard write.isEmpty || !files.contains("-") else {
      throw ValidationError("--write reads the files again, which standard input (-) can't be")
    }
    guard !follow || !files.contains("-") else {
      throw ValidationError("standard input (-) is read to its end without --follow")
    }
  }

  func run() async throws {
    let request = try PcapRequest(self)
    try await request.run()
  }
}
