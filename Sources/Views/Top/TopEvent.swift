public import Flows
public import LinuxSystem

/// An event that a live view handles.
public enum TopEvent: Sendable {
  case key(Key)
  case resize(Terminal.Size)
  case interval(Interval)
  /// What a trace of `target` said.
  case traced(target: String, lines: [String])
  /// Time has passed; names may have become known.
  case tick
}

/// An action that a live view requests.
public enum TopAction: Hashable, Sendable {
  case redraw, quit
  /// Trace `target`, and handle `traced` with what that says.
  case trace(String)
}
