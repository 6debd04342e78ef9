/// An interface of a capture file.
public struct CaptureInterface: Hashable, Sendable {
  public var link: LinkType
  /// `if_name`: `eth0`; nil if the file doesn't say.
  public var name: String?
  /// `if_description`, for people.
  public var description: String?
  /// The maximum captured length; 0 for no limit.
  public var longest: Int
  /// How many packets the capturing program did not get (`isb_ifdrop`, `isb_osdrop` of the last statistics block); nil
  /// if the file doesn't say.
  public var dropped: UInt64?
  /// How many units of a time stamp are a second, and whether they are so many that only a Double has the number.
  var unitsPerSecond: UInt64 = 1_000_000
  var secondsPerUnit: Double?
  /// `if_tsoffset`, in seconds.
  var offset: Int64 = 0

  public init(link: LinkType, longest: Int) {
    self.link = link
    self.longest = longest
  }

  /// Sets the unit of time stamps.
  ///
  /// - Parameter resolution: `if_tsresol`: the negative exponent of 10, or of 2 if the highest bit is set.
  mutating func set(resolution: UInt8) {
    var second: Double = 1
    for _ in 0..<Int(resolution & 0x7F) { second *= resolution & 0x80 == 0 ? 10 : 2 }
    secondsPerUnit = second < 1.8e19 ? nil : 1 / second
    unitsPerSecond = second < 1.8e19 ? UInt64(second) : 1
  }

  /// Seconds since 1970.
  func time(high: UInt32, low: UInt32) -> Double {
    let units = UInt64(high) << 32 | UInt64(low)
    if let secondsPerUnit { return Double(offset) + Double(units) * secondsPerUnit }
    // Whole seconds are kept separate, because a Double has fewer bits than the units need.
    let (whole, part) = units.quotientAndRemainder(dividingBy: unitsPerSecond)
    return Double(offset) + Double(whole) + Double(part) / Double(unitsPerSecond)
  }
}

/// A process that a capture file describes.
public struct CapturedProcess: Hashable, Sendable {
  public var pid: UInt32?
  public var name: String?
  public var path: String?
  /// The words of its command line; empty if they are not known.
  public var command: [String] = []
  public var parent: UInt32?
  public var uid: UInt32?
  public var user: String?
  /// Seconds since 1970; nil if it is not known.
  public var startTime: Double?
  /// What the capturing program wrote beside it: container, unit.
  public var comment: String?
  /// The container's name or id, if the file has it.
  public var container: String?
  /// The section of the file that describes it, from 0; pids of different sections may be of different hosts.
  public var section = 0
  /// Darwin: its number among the section's blocks of this kind; nil for others.
  public var block: UInt32?

  public init() {}
}
