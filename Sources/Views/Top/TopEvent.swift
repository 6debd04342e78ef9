public import Flows
public import LinuxSystem

/// An event that a live view handles.
public enum TopEvent: Sendable {
  case key(Key)
  case resize(Terminal.Size)
  case interval(Interval)
  /// Time has passed; names may have become known.
  case tick
}

/// An action that a live view requests.
public enum TopAction: Hashable, Sendable {
  case redraw, quit
}
