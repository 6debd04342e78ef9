public import Flows
internal import LinuxSystem

/// Runs a live view on a terminal.
///
/// It waits for keys, signals and intervals together, so a key takes effect at once, even while `next` measures.
public enum TopLoop {
  /// Shows `state` until a person quits, SIGINT or SIGTERM arrives, the terminal goes away, or `next` returns nil.
  ///
  /// - Parameters:
  ///   - seconds: how often `next` is called, on a separate thread.
  ///   - stop: called when the view ends, to make a running `next` or `trace` return.
  ///   - trace: what a trace of a target says, line by line; called on a separate thread.
  ///   - next: returns everything that moved since the last call. If it throws, the view ends and the error is thrown
  ///     again.
  /// - Throws: `SystemError` if there is no terminal at `input`, or what `next` threw. The terminal is restored first.
  public static func run(
    _ state: TopState, style: Style, every seconds: Double, input: Int32 = 0, output: Int32 = 1,
    stop: () -> Void = {}, trace: @escaping @Sendable (String) -> [String] = { _ in [] },
    next: sending @escaping () throws -> Interval?
  ) throws {
    let mailbox = try IntervalMailbox()
    let traces = try TraceMailbox(trace)
    let signals = try Signals()
    try withCompanionThread({ mailbox.fill(every: seconds, next) }) {
      // A second Ctrl-C ends the program even if `next` never returns.
      defer {
        mailbox.close()
        stop()
        signals.endByDefault()
      }
      do {
        let terminal = try Terminal(input: input, output: output)
        try show(state, style, terminal, signals, mailbox, traces)
      } catch let error as SystemError where error.isHangUp {
        // The reader is gone, which is not an error.
      }
    }
  }

  private static func show(
    _ initial: TopState, _ style: Style, _ terminal: borrowing Terminal, _ signals: Signals, _ mailbox: IntervalMailbox,
    _ traces: TraceMailbox
  ) throws {
    var state = initial
    var keys = KeyParser()
    _ = state.handle(.resize(terminal.size()))
    try terminal.write(frame(state, style))
    while true {
      let descriptors = [terminal.keyDescriptor, signals.descriptor, mailbox.descriptor, traces.descriptor]
      let ready = try waitReadable(descriptors, keys.isWaiting ? .milliseconds(40) : .seconds(1))
      var events: [TopEvent] = []
      if ready[0] {
        let bytes = try terminal.read()
        if bytes.isEmpty { return }
        events += keys.feed(bytes).map(TopEvent.key)
      } else if keys.isWaiting {
        events += keys.flush().map(TopEvent.key)
      }
      for signal in ready[1] ? signals.read() : [] {
        if signal.endsProgram { return }
        events.append(.resize(terminal.size()))
      }
      if ready[2] {
        let (interval, isOver) = try mailbox.take()
        if let interval { events.append(.interval(interval)) } else if isOver { return }
      }
      if ready[3], let (target, lines) = traces.take() { events.append(.traced(target: target, lines: lines)) }
      let actions = (events.isEmpty ? [.tick] : events).flatMap { state.handle($0) }
      if actions.contains(.quit) { return }
      for case .trace(let target) in actions { traces.start(target) }
      if actions.contains(.redraw) { try terminal.write(frame(state, style)) }
    }
  }

  /// A whole screen in one write. Every line is drawn over the old one, so nothing flickers.
  static func frame(_ state: TopState, _ style: Style) -> String {
    let lines = TopScreen.lines(state).map { line in
      // A full line must not be cleared at its end: the cursor still stands on its last cell.
      line.rendered(style) + (line.width < state.size.columns ? "\u{1B}[K" : "")
    }
    // Synchronized update (DEC mode 2026) where the terminal has it; cursor home; clear below.
    let clearBelow = lines.count < state.size.rows ? "\r\n\u{1B}[J" : ""
    return "\u{1B}[?2026h\u{1B}[H" + lines.joined(separator: "\r\n") + clearBelow + "\u{1B}[?2026l"
  }
}

extension SystemError {
  /// Whether the reader of the output, or the terminal, is gone: EPIPE, EIO.
  fileprivate var isHangUp: Bool { errno == .brokenPipe || errno == Errno(5) }
}
