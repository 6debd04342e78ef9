internal import Flows
internal import LinuxSystem
public import Questions

extension MeasureQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<Interval> { Told(try host.interval(seconds: seconds)) }
}

extension BeginQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<Done> {
    try host.beginSeries()
    return Told(Done())
  }
}

extension NextQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<Interval> {
    Told(try host.nextInterval(after: seconds, isLast: isLast))
  }
}

extension StartQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<MeterStart> {
    let started = try host.startMeter(watchesNames: names)
    return Told(MeterStart(meter: started.kind.rawValue, notes: started.notes))
  }
}

extension ClockQuestion: LocalQuestion {
  func answer(on host: LocalVantage) -> Told<WireClock> {
    Told(WireClock(wall: SystemClock.now(), monotonic: MonotonicClock.seconds))
  }
}

extension EndQuestion: LocalQuestion {
  func answer(on host: LocalVantage) -> Told<Done> {
    host.endWindows()
    return Told(Done())
  }
}
