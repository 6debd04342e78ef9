internal import CLinux

/// A date and time of day in the host's time zone.
public struct LocalTime: Hashable, Sendable {
  public var year: Int
  /// From 1.
  public var month: Int
  public var day: Int
  public var hour = 0
  public var minute = 0
  public var second = 0

  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    (self.year, self.month, self.day) = (year, month, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
  }

  /// The local time of `seconds` since 1970, by `TZ` or /etc/localtime.
  public init(_ seconds: Double) { self = Self.read(seconds).time }

  /// The abbreviation of the zone at `seconds` since 1970 and its distance to UTC: `CEST (+02:00)`.
  public static func zone(at seconds: Double) -> String {
    let (_, name, offset) = read(seconds)
    let minutes = abs(offset) / 60
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let distance = "\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    return name.first.map { $0 == "+" || $0 == "-" } ?? true ? distance : "\(name) (\(distance))"
  }

  /// Seconds since 1970. Days and hours beyond the end are carried over; a time that the change to summer time leaves out
  /// is an hour later.
  public var seconds: Double {
    Double(hw_local_seconds(Int32(year), Int32(month), Int32(day), Int32(hour), Int32(minute), Int32(second)))
  }

  private static func read(_ seconds: Double) -> (time: LocalTime, zone: String, offset: Int) {
    var fields = [Int32](repeating: 0, count: 7)
    var name = [CChar](repeating: 0, count: 32)
    hw_local_time(Int64(seconds.rounded(.down)), &fields, &name, name.count)
    let zone = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let time = LocalTime(
      year: Int(fields[0]), month: Int(fields[1]), day: Int(fields[2]), hour: Int(fields[3]), minute: Int(fields[4]),
      second: Int(fields[5]))
    return (time, zone, Int(fields[6]))
  }
}
