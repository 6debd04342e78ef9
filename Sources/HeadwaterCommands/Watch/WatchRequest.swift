internal import AddressSets
internal import Fleet
internal import Flows
internal import History
internal import LinuxSystem
internal import LocalHost
internal import Meter
internal import Questions
internal import Sessions
internal import Synchronization
internal import Tracing
internal import Views
internal import Watch

/// The resolved request of `headwater watch`.
struct WatchRequest: Sendable {
  private let config: String?
  private let isCheck: Bool
  private let isVerbose: Bool
  private let meter: MeterKind?
  private let settings: WatchSettings
  private let sets: AddressSets
  private let environment: [String: String]

  init(_ command: WatchCommand) throws {
    (config, isCheck, isVerbose) = (command.config, command.check, command.verbose)
    meter = command.meter.meter
    environment = ProcessExit.environment
    let settings = try Settings(file: config)
    self.settings = try settings.watch()
    sets = settings.addressSets()
  }

  func run() async throws {
    var here = LocalMeasurement(meter: meter, environment: environment)
    if isCheck { return try await check(here) }
    let store = try opened()
    // Signals are this command's own: SIGHUP ends nothing.
    here.isLive = true
    let vantage = try here.vantage()
    let signals = try WatchSignals()
    let manager = ServiceManager(environment: environment)
    let recorder = try await Recorder(vantage, store, settings, sets, isVerbose: isVerbose, signals: signals)
    tell(manager, "READY=1")
    Console.report("watching; the history is in \(store.path)")
    if let uplinks = Uplinks(try await vantage.inventory()), uplinks.names.isEmpty {
      Console.report("no interface leads away from this host now: nothing is kept until there is one")
    }
    while try await recorder.step() {
      tell(manager, "WATCHDOG=1")
      guard signals.takeReload() else { continue }
      do {
        // What is measured goes on; only what is kept may change.
        let next = try Settings(file: config).watch()
        recorder.settings = next
        Console.report("read the settings again")
        if next.store != settings.store {
          Console.report("the history stays in \(settings.store) until headwater watch is started again")
        }
      } catch {
        Console.report("the settings stay as they were: \(error)")
      }
    }
    tell(manager, "STOPPING=1")
    try await recorder.finish()
  }

  private func opened() throws -> HistoryStore {
    do { return try HistoryStore(writing: settings.store) } catch {
      guard error.code == .missing else { throw error }
      throw CommandFailure(
        .noAnswer, "\(settings.store): no such folder; make it with: mkdir -m 0750 \(settings.store)")
    }
  }

  /// A manager that can't be told has no part in what is recorded.
  private func tell(_ manager: ServiceManager, _ state: String) {
    do { try manager.tell(state) } catch { Console.report("\(error)") }
  }

  private func check(_ here: LocalMeasurement) async throws {
    let vantage = try LocalMeasurement.idle(environment: environment)
    guard let uplinks = Uplinks(try await vantage.inventory()) else {
      throw CommandFailure(.noAnswer, "the interfaces of this host can't be seen")
    }
    let size = Units(.bytes).amount(settings.bytes)
    Console.print([
      "the settings are valid",
      "the history is in \(settings.store), at most \(size) and \(settings.days) days",
      uplinks.names.isEmpty
        ? "no interface leads away from this host" : "watched: \(uplinks.names.joined(separator: ", "))",
    ])
  }
}

extension Settings {
  /// What `watch:` says, or the defaults without it.
  ///
  /// - Throws: `SettingsError` with the line.
  func watch() throws -> WatchSettings { try fleet.watch?.get() ?? WatchSettings() }
}

/// SIGTERM and SIGINT end the watch, SIGHUP reads the settings again.
final class WatchSignals: Sendable {
  private struct State {
    var mustEnd = false
    var mustReload = false
    var end: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  init() throws {
    let signals = try Signals()
    Companion.start { [self] in
      while true {
        guard Readiness.wait(readable: signals.descriptor, seconds: 3600) else { continue }
        for signal in signals.read() {
          switch signal {
          case .hangUp: state.withLock { $0.mustReload = true }
          case .interrupt, .terminate:
            let end = state.withLock { state in
              state.mustEnd = true
              return state.end
            }
            end?()
            // A second one does not wait for the last minute.
            signals.endByDefault()
          case .windowChange: break
          }
        }
      }
    }
  }

  var mustEnd: Bool { state.withLock { $0.mustEnd } }

  func takeReload() -> Bool {
    state.withLock { state in
      defer { state.mustReload = false }
      return state.mustReload
    }
  }

  /// Calls `action` when the watch is to end, or at once if it is already.
  func onEnd(_ action: (@Sendable () -> Void)?) {
    let isOver = state.withLock { state in
      state.end = action
      return state.mustEnd
    }
    if isOver { action?() }
  }
}
