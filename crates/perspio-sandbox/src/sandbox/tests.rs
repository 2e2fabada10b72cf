mod control;
mod log;
mod running;
