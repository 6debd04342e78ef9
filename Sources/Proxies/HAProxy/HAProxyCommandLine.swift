/// HAProxy's command line (management manual 3; `init_args` in its src/haproxy.c).
public struct HAProxyCommandLine: Hashable, Sendable {
  /// The arguments of `-f` and those behind `--`: files and folders, as written.
  public var configurations: [String] = []
  /// `-C`: the folder in which relative paths start.
  public var directory: String?
  /// `-W` or `-Ws`; the configuration may say so as well.
  public var isMaster = false
  /// `-S ADDRESS[,parameters]`
  public var masterSockets: [HAProxyStatsSocket] = []
  /// `-sf`, `-st`: the pids of the processes that it replaced.
  public var predecessors: [Int32] = []

  /// - Parameter words: the command line, beginning with the program's name.
  public init(_ words: [String]) {
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      guard word.hasPrefix("-") else { continue }
      switch word {
      case "--":
        configurations += rest
        return
      case "-f": if let file = rest.popFirst() { configurations.append(file) }
      case "-C": directory = rest.popFirst()
      case "-W", "-Ws": isMaster = true
      case "-S":
        // HAProxy itself uses the next word as address only if it is none of its options.
        guard let value = rest.first, !value.hasPrefix("-") else { continue }
        rest.removeFirst()
        let parts = value.split(separator: ",").map(String.init)
        if let first = parts.first, let address = HAProxyAddress(first) {
          let parameters = parts.dropFirst().flatMap { $0.split(separator: " ").map(String.init) }
          masterSockets.append(HAProxyStatsSocket(address: address, parameters: parameters, place: nil))
        }
      case "-sf", "-st":
        while let pid = rest.first.flatMap({ Int32($0) }) {
          predecessors.append(pid)
          rest.removeFirst()
        }
      case "-cc", "-n", "-m", "-N", "-L", "-p", "-x": _ = rest.popFirst()
      default: break
      }
    }
  }
}
