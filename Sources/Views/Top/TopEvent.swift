public import Flows
public import LinuxSystem

/// What happens to a live view.
public enum TopEvent: Sendable {
  case key(Key)
  case resize(Terminal.Size)
  case interval(Interval)
  /// Time passed; names may have become known.
  case tick
}

/// What a live view wants done.
public enum TopAction: Hashable, Sendable {
  case redraw, quit
}
