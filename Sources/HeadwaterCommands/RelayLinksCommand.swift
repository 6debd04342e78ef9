internal import Flows
internal import LinuxSystem
internal import Meter

/// The hidden `headwater relay-links SECONDS`: the pairs that `RelayWatch` found, as JSON lines, after SECONDS or a
/// signal; for the benchmark.
enum RelayLinksCommand {
  /// The exit status if `arguments` (those of the process) ask for it, otherwise nil.
  static func run(_ arguments: [String]) -> Int32? {
    guard arguments.count == 3, arguments[1] == "relay-links", let seconds = Double(arguments[2]) else { return nil }
    do {
      let signals = try Signals()
      let watch = try RelayWatch()
      Console.report("ready")
      try watch.whileTaking { _ = Readiness.wait(readable: signals.descriptor, seconds: seconds) }
      let links = watch.finish()
      for link in links { Console.print(try Document.json(link, isPretty: false)) }
      Console.report("records \(watch.records), lost \(watch.lost), links \(links.count)")
      return 0
    } catch {
      Console.report("headwater: \(error)")
      return 1
    }
  }
}
