internal import Flows

extension TopScreen {
  /// What the trace of a row said, below the header.
  static func trace(_ state: TopState, _ target: String) -> [Line] {
    var title = Line("trace ")
    title.append(target, .bold)
    let lines = [header(state), withHint(title, "Esc back  j k scroll  q quit", state), Line()]
    guard state.traced != nil else { return lines + [Line("measuring…", .faint)] }
    return lines + traced(state).dropFirst(state.scrolled)
  }

  /// The lines of the trace, none longer than the screen.
  static func traced(_ state: TopState) -> [Line] {
    (state.traced ?? []).flatMap { text in
      let indent = min(text.prefix { $0 == " " }.count + 4, state.size.columns / 3)
      return Line(text).wrapped(to: state.size.columns, indent: indent)
    }
  }
}
