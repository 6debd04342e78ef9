import Vantage
